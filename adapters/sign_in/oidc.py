"""An OpenID Connect issuer over HTTP: its discovery document and keys are read when needed and kept for a while."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from adapters.errors import Permanent, Retryable, VendorError
from adapters.http import Call, Wire, transport
from adapters.sign_in.port import Asked

# Keys are read anew after ten minutes, so that one that was withdrawn counts no longer; when the issuer is away then,
# the old ones serve for an hour more.
_FRESH_SECONDS, _STALE_SECONDS = 600.0, 4200.0
# Anybody can send tokens that name keys nobody has: the issuer is asked because of them at most this often.
_LEAST_SECONDS = 30.0
# While it is away and no keys are known, one in so many seconds finds that out; the others are told what it found.
AWAY_SECONDS = 2.0
_VENDOR = "sign-in"


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """`client_secret` empty: a public client, which proves itself by the code's verifier alone."""

    issuer: str
    client_id: str = ""
    client_secret: str = ""
    scope: str = "openid profile"
    ca_file: str | None = None


class OidcIssuer:
    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._http = transport(settings.ca_file)
        self._wire = Wire(_VENDOR, self._http)
        self._document: dict[str, Any] = {}
        self._keys: tuple[Mapping[str, Any], ...] = ()
        self._read_at = self._asked_at = self._forced_at = -_STALE_SECONDS
        self._away_until, self._away = 0.0, ""
        self._turn = asyncio.Lock()

    async def keys(self, newer: bool = False) -> tuple[Mapping[str, Any], ...]:
        if not newer and self._clock() - self._read_at < _FRESH_SECONDS:
            return self._keys
        # One reads, and whoever came meanwhile finds what it found.
        async with self._turn:
            return await self._newer_keys(newer)

    async def _newer_keys(self, newer: bool) -> tuple[Mapping[str, Any], ...]:
        age = self._clock() - self._read_at
        if age < _FRESH_SECONDS and not newer:
            return self._keys
        if age < _STALE_SECONDS and self._clock() - (self._forced_at if newer else self._asked_at) < _LEAST_SECONDS:
            return self._keys
        if self._clock() < self._away_until:
            # Else whoever sends tokens would wait in turn, each for a connection that does not come.
            raise Retryable(_VENDOR, "keys", self._away)
        self._asked_at = self._clock()
        self._forced_at = self._asked_at if newer else self._forced_at
        try:
            # The address of the keys may have changed too.
            self._document = {}
            found = await self._json("keys", await self._place("jwks_uri"))
        except VendorError as error:
            if age < _STALE_SECONDS:
                return self._keys
            self._away_until, self._away = self._clock() + AWAY_SECONDS, error.reason
            raise
        listed = found.get("keys") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            raise Permanent(_VENDOR, "keys", "the document has no list of keys")
        self._keys, self._read_at = tuple(key for key in listed if isinstance(key, dict)), self._clock()
        return self._keys

    async def address(self, asked: Asked) -> str:
        query = {
            "response_type": "code", "client_id": self._settings.client_id, "redirect_uri": asked.redirect,
            "scope": self._settings.scope, "state": asked.state, "nonce": asked.nonce,
            "code_challenge": asked.challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        place = await self._place("authorization_endpoint")
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"

    async def redeem(self, code: str, verifier: str, redirect: str) -> str:
        place = await self._place("token_endpoint")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        headers: dict[str, str] = {}
        # A server that does not say takes the secret in the header (OpenID Connect Discovery 1.0, section 3).
        ways = (await self._discovered()).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        secret = self._settings.client_secret
        if secret and "client_secret_basic" in ways:
            headers["Authorization"] = _basic(self._settings.client_id, secret)
        else:
            form |= {"client_id": self._settings.client_id} | ({"client_secret": secret} if secret else {})
        call = Call("token", "POST", place, repeatable=False, headers=headers, form=form)
        answer = self._wire.json_of(call, await self._wire.send(call))
        token = answer.get("id_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise Permanent(_VENDOR, "token", "the answer has no id_token; is openid in the scope?")
        return token

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _place(self, name: str) -> str:
        place = (await self._discovered()).get(name)
        # What is sent there opens doors: never to a place in the clear, unless the issuer itself is one (on loopback).
        if not isinstance(place, str) or urlsplit(place).scheme not in (
            "https",
            urlsplit(self._settings.issuer).scheme,
        ):
            raise Permanent(_VENDOR, "discovery", f"the document names no {name} that can be used")
        return place

    async def _discovered(self) -> dict[str, Any]:
        if not self._document:
            place = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self._json("discovery", place)
            if not isinstance(found, dict) or found.get("issuer") != self._settings.issuer:
                raise Permanent(
                    _VENDOR, "discovery", "the document is of another issuer than BACKHAUL_OIDC__ISSUER names"
                )
            self._document = found
        return self._document

    async def _json(self, name: str, place: str) -> Any:
        call = Call(name, "GET", place, repeatable=True, headers={"Accept": "application/json"})
        return self._wire.json_of(call, await self._wire.send(call))


def _basic(client_id: str, secret: str) -> str:
    """Both are written as in a form first (RFC 6749, section 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
