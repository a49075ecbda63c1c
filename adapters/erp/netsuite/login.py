"""The Authorization header of a request: a bearer token bought with a signed assertion, or an OAuth 1.0a signature."""

from __future__ import annotations

import time
from typing import Any, Protocol

import httpx
import jwt
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client

from adapters.erp.netsuite.settings import AccessToken, Certificate, NetSuiteSettings
from adapters.errors import Retryable, SignInRefused
from adapters.http import Call, Wire
from adapters.secrets import held
from adapters.tokens import Tokens

_LOGIN_PATH = "/services/rest/auth/oauth2/v1/token"
_ASSERTION_SECONDS = 300


class Login(Protocol):
    async def header(self, method: str, url: str, refused: str = "") -> str:
        """The Authorization header for one request; `url` is absolute, with its query. `refused` is one that NetSuite
        has not accepted."""
        ...


def of(settings: NetSuiteSettings, wire: Wire) -> Login:
    if isinstance(settings.login, Certificate):
        return BearerLogin(settings.base_url, settings.login, wire)
    return SignedLogin(settings.account, settings.login)


class BearerLogin:
    """PS256, because NetSuite's list of algorithms has no RS256."""

    def __init__(self, base_url: str, certificate: Certificate, wire: Wire) -> None:
        self._url, self._certificate, self._wire = base_url + _LOGIN_PATH, certificate, wire
        self._tokens = Tokens(self._buy, certificate.private_key_pem)

    async def header(self, method: str, url: str, refused: str = "") -> str:
        return f"Bearer {await self._tokens.get(refused.removeprefix('Bearer ') or None)}"

    async def _buy(self, private_key_pem: str) -> tuple[str, float]:
        now = int(time.time())
        claims = {
            "iss": self._certificate.client_id,
            "scope": ["rest_webservices"],
            "aud": self._url,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
        }
        try:
            assertion = jwt.encode(
                claims, private_key_pem, algorithm="PS256", headers={"kid": self._certificate.certificate_id}
            )
        except (ValueError, TypeError, jwt.PyJWTError):
            # Not chained: such an error may hold the key.
            what = "the private key cannot be read; it must be a PEM text of an RSA key"
            raise SignInRefused(self._wire.vendor, "token", what) from None
        call = Call(
            "token", "POST", self._url, repeatable=True, judge=self._judge,
            form={
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": assertion,
            },
        )  # fmt: skip
        answer = await self._wire.send(call)
        body = self._wire.json_of(call, answer)
        try:
            token, lasts = body["access_token"], float(body["expires_in"])
        except (KeyError, TypeError, ValueError):
            token, lasts = "", 0.0
        if not (isinstance(token, str) and token and lasts > 0):
            raise Retryable(self._wire.vendor, "token", "answer holds no token")
        return token, lasts

    def _judge(self, answer: httpx.Response) -> None:
        if answer.status_code in (400, 401, 403):
            what = "login refused: check client id, certificate id and private key, and the certificate's end"
            raise SignInRefused(self._wire.vendor, "token", what, str(answer.status_code))


class SignedLogin:
    """Each request is signed with the two secrets as they are then."""

    def __init__(self, account: str, token: AccessToken) -> None:
        self._token = token
        # The realm is the account as the UI writes it: upper case, underscores.
        self._realm = account.upper().replace("-", "_")
        self._secrets = held(token.consumer_secret), held(token.token_secret)
        self._signed_with = (0, 0)

    async def header(self, method: str, url: str, refused: str = "") -> str:
        # Signed anew each time, so a second one may do where the first one's moment or nonce was refused. The body of a
        # JSON request takes no part in the signature.
        if refused:
            for secret, version in zip(self._secrets, self._signed_with, strict=True):
                await secret.renewed(version)
        consumer_secret, token_secret = [await secret.text() for secret in self._secrets]
        self._signed_with = self._secrets[0].version, self._secrets[1].version
        client: Any = Client(
            self._token.consumer_key, consumer_secret, self._token.token_id, token_secret,
            signature_method=SIGNATURE_HMAC_SHA256, realm=self._realm,
        )  # fmt: skip
        _, headers, _ = client.sign(url, http_method=method)
        return str(headers["Authorization"])
