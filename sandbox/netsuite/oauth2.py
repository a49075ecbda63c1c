"""OAuth 2.0 client credentials with a certificate: a signed assertion in, a bearer token of one hour out."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from starlette.responses import JSONResponse, Response

from sandbox.netsuite.errors import invalid_login
from sandbox.world import World

PATH = "/services/rest/auth/oauth2/v1/token"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_LIFETIME = 3600


class Tokens:
    """Hands out and recognises access tokens. RS256 assertions are refused: NetSuite does not list it."""

    def __init__(self, world: World) -> None:
        self._world, self._known = world, world.credentials.netsuite
        private = load_pem_private_key(self._known.private_key_pem.encode(), None)
        # As registered with the account: the certificate's public half, in PEM.
        self._key = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def issue(self, form: Mapping[str, str], token_url: str) -> Response:
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != _ASSERTION:
            return _error("invalid_request")
        assertion = form.get("client_assertion", "")
        try:
            if jwt.get_unverified_header(assertion).get("kid") != self._known.certificate_id:
                return _error("invalid_client", 401)
            claims = jwt.decode(
                assertion, self._key, algorithms=_ALGORITHMS, audience=token_url, issuer=self._known.client_id,
                options={"require": ["iss", "aud", "exp", "iat", "scope"]},
            )  # fmt: skip
        except (jwt.PyJWTError, TypeError, ValueError):
            # TypeError and ValueError: an algorithm of another key family against our RSA key.
            return _error("invalid_client", 401)
        if claims["exp"] - claims["iat"] > _LIFETIME:
            return _error("invalid_request")
        scope = claims["scope"]
        if "rest_webservices" not in (scope if isinstance(scope, list) else str(scope).replace(",", " ").split()):
            return _error("invalid_scope")
        token = secrets.token_urlsafe(48)
        until = self._world.clock.now() + timedelta(seconds=_LIFETIME)
        with self._world.books.transaction():
            self._forget_expired()
            self._world.books.put("netsuite.token", token, {"token": token, "until": until.isoformat()})
        return JSONResponse({"access_token": token, "expires_in": str(_LIFETIME), "token_type": "bearer"})

    def check(self, token: str) -> None:
        """Raises Refused for a token that is unknown or too old."""
        doc = self._world.books.get("netsuite.token", token)
        if doc is None or datetime.fromisoformat(doc["until"]) <= self._world.clock.now():
            raise invalid_login()

    def _forget_expired(self) -> None:
        now = self._world.clock.now()
        for doc in self._world.books.all("netsuite.token"):
            if datetime.fromisoformat(doc["until"]) <= now:
                self._world.books.delete("netsuite.token", doc["token"])


def _error(code: str, status: int = 400) -> Response:
    return JSONResponse({"error": code}, status)
