"""The token endpoint: JWT bearer, client credentials, password, all really checked; the sessions they open."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.errors import Refusal, bad_session
from sandbox.salesforce.ids import ORG_ID, USER_ID
from sandbox.salesforce.org import Org
from sandbox.world import World

_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_IDENTITY = f"https://login.salesforce.com/id/{ORG_ID}/{USER_ID}"


class OAuthError(Exception):
    """The token endpoint's own refusal: HTTP 400 with an OAuth error document."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


class Sessions:
    """Opens and checks sessions. Tokens say nothing about their end: a client learns it from a 401."""

    def __init__(self, world: World, org: Org) -> None:
        self._world, self._org = world, org
        private = load_pem_private_key(world.credentials.salesforce.private_key_pem.encode(), None)
        public = private.public_key()
        assert isinstance(public, RSAPublicKey)
        self._public = public

    async def token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        try:
            if form.get("grant_type") == _JWT_BEARER:
                self._check_assertion(form.get("assertion", ""))
            elif form.get("grant_type") == "client_credentials":
                self._check_client(form, request.headers.get("authorization", ""))
            elif form.get("grant_type") == "password":
                self._check_client(form, request.headers.get("authorization", ""))
                if not self.knows(form.get("username", ""), form.get("password", "")):
                    raise OAuthError("invalid_grant", "authentication failure")
            else:
                raise OAuthError("unsupported_grant_type", "grant type not supported")
        except OAuthError as error:
            return JSONResponse({"error": error.error, "error_description": error.description}, status_code=400)
        return JSONResponse(self.open())

    async def revoke(self, request: Request) -> Response:
        """End the session whose token is given; one that is not open is an error."""
        form = parse_qs((await request.body()).decode() or request.scope["query_string"].decode())
        token = form.get("token", [""])[0]
        if not self.is_open(token):
            told = {"error": "unsupported_token_type", "error_description": "this token type is not supported"}
            return JSONResponse(told, status_code=400)
        with self._world.books.transaction():
            self._world.books.delete("salesforce.session", token)
        return Response(status_code=200)

    async def userinfo(self, request: Request) -> Response:
        """Who a session belongs to: the OpenID names, and those of the older identity document."""
        try:
            self.check(request)
        except Refusal:
            return Response("Bad_OAuth_Token", status_code=403)
        who, url = self._world.credentials.salesforce.username, self._world.url("salesforce")
        told = {"sub": _IDENTITY, "id": _IDENTITY, "user_id": USER_ID, "organization_id": ORG_ID, "active": True}
        told |= {"preferred_username": who, "username": who, "nickname": who, "email": who, "email_verified": True}
        told |= {"name": "Integration User", "display_name": "Integration User", "user_type": "STANDARD"}
        paths = {"rest": "data/v{version}/", "sobjects": "data/v{version}/sobjects/", "partner": "Soap/u/{version}"}
        return JSONResponse(told | {"urls": {name: f"{url}/services/{path}" for name, path in paths.items()}})

    def check(self, request: Request) -> None:
        """Raise INVALID_SESSION_ID unless the request carries a session that is open."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or not self.is_open(token.strip()):
            raise bad_session()

    def is_open(self, token: str) -> bool:
        session = self._world.books.get("salesforce.session", token)
        if session is None:
            return False
        age = self._world.clock.now() - datetime.fromisoformat(session["opened"])
        return age.total_seconds() <= float(self._org.settings()["session_seconds"])

    def end_all(self) -> int:
        """Close every session, as an administrator does."""
        ended = self._world.books.all("salesforce.session")
        for session in ended:
            self._world.books.delete("salesforce.session", session["token"])
        return len(ended)

    def knows(self, username: str, password: str) -> bool:
        """A password with the security token behind it; without it, as from an address the org trusts."""
        known = self._world.credentials.salesforce
        good = (known.password, known.password + known.security_token)
        return username == known.username and any(secrets.compare_digest(password, each) for each in good)

    def open(self) -> dict[str, Any]:
        now = self._world.clock.now()
        token = f"{ORG_ID[:15]}!AQ{self._world.chance.url_safe('salesforce.session', 48)}"
        with self._world.books.transaction():
            self._world.books.put("salesforce.session", token, {"token": token, "opened": now.isoformat()})
        url = self._world.url("salesforce")
        return {
            "access_token": token,
            "signature": self._world.chance.url_safe("salesforce.signature", 32),
            "token_format": "opaque",
            "instance_url": url,
            "api_instance_url": url,
            "id": _IDENTITY,
            "token_type": "Bearer",
            "issued_at": str(int(now.timestamp() * 1000)),
            "scope": "api",
        }

    def _check_assertion(self, assertion: str) -> None:
        """RS256 over iss, sub, aud, exp. Clients write exp as a number or as a string of digits; both are good."""
        known = self._world.credentials.salesforce
        try:
            claims = jwt.decode(assertion, self._public, ["RS256"], options={"verify_exp": False, "verify_aud": False})
        except jwt.PyJWTError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        if claims.get("iss") != known.consumer_key:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if claims.get("aud") not in (*_AUDIENCES, self._world.url("salesforce")):
            raise OAuthError("invalid_grant", "audience is invalid")
        if claims.get("sub") != known.username:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        if not str(claims.get("exp", "")).partition(".")[0].isdigit() or _expired(float(claims["exp"])):
            raise OAuthError("invalid_grant", "expired authorization code")

    def _check_client(self, form: dict[str, str], authorization: str) -> None:
        known = self._world.credentials.salesforce
        given = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        if given[0] != known.consumer_key:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if not secrets.compare_digest(given[1].encode(), known.consumer_secret.encode()):
            raise OAuthError("invalid_client", "invalid client credentials")


def identity_path() -> str:
    """Where the identity document stands, below the login host and on the org's own."""
    return urlsplit(_IDENTITY).path


def _expired(moment: float) -> bool:
    # The client's own clock wrote it, so it is held against the true time, not the sandbox's movable clock.
    return moment < datetime.now(UTC).timestamp()


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
