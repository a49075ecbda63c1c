"""OAuth 2.0 client credentials with a certificate: a signed assertion in, a bearer token of one hour out."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import jwt
from starlette.responses import JSONResponse, Response

from sandbox.netsuite import certificates
from sandbox.world import World

PATH = "/services/rest/auth/oauth2/v1/token"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_SCOPES = frozenset({"rest_webservices", "restlets", "suite_analytics"})
_LIFETIME = 3600


class Tokens:
    """Hands out and recognises access tokens. RS256 assertions are refused: NetSuite does not list it."""

    def __init__(self, world: World) -> None:
        self._world, self._known = world, world.credentials.netsuite

    def issue(self, form: Mapping[str, str], token_url: str) -> Response:
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != _ASSERTION:
            return _error("invalid_request")
        assertion = form.get("client_assertion", "")
        try:
            key = certificates.key_of(self._world, str(jwt.get_unverified_header(assertion).get("kid")))
            if key is None:
                return _error("invalid_client", 401)
            claims = jwt.decode(
                assertion, key, algorithms=_ALGORITHMS, audience=token_url, issuer=self._known.client_id,
                options={"require": ["iss", "aud", "exp", "iat", "scope"]},
            )  # fmt: skip
        except (jwt.PyJWTError, TypeError, ValueError):
            # TypeError and ValueError: an algorithm of another key family than the certificate's.
            return _error("invalid_client", 401)
        if claims["exp"] - claims["iat"] > _LIFETIME:
            return _error("invalid_request")
        given = claims["scope"]
        scope = given if isinstance(given, list) else str(given).replace(",", " ").split()
        if not scope or not _SCOPES.issuperset(scope):
            return _error("invalid_scope")
        token = self._world.chance.url_safe("netsuite.token", 48)
        until = self._world.clock.now() + timedelta(seconds=_LIFETIME)
        with self._world.books.transaction():
            self._forget_expired()
            doc = {"token": token, "until": until.isoformat(), "scope": scope}
            self._world.books.put("netsuite.token", token, doc)
        return JSONResponse({"access_token": token, "expires_in": str(_LIFETIME), "token_type": "bearer"})

    def good(self, token: str, scope: str) -> bool:
        """Whether it was handed out here, for that scope, and has not ended."""
        doc = self._world.books.get("netsuite.token", token)
        if doc is None or scope not in doc["scope"]:
            return False
        return datetime.fromisoformat(doc["until"]) > self._world.clock.now()

    def _forget_expired(self) -> None:
        now = self._world.clock.now()
        for doc in self._world.books.all("netsuite.token"):
            if datetime.fromisoformat(doc["until"]) <= now:
                self._world.books.delete("netsuite.token", doc["token"])


def _error(code: str, status: int = 400) -> Response:
    return JSONResponse({"error": code}, status)
