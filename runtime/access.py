"""Who speaks at a front door: by a machine's key, by a token of the issuer, or by the session of a person."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from adapters.sign_in.port import Issuer
from runtime.admission import Oidc
from runtime.settings import Settings
from security import claims, tokens
from security.api_keys import Keyholders, is_key
from security.claims import Reading, Words
from security.roles import Principal
from security.tokens import BadToken, Terms, UnknownKey
from store.port import Sessions


class Unproven(Exception):
    """Nobody is known by what was sent; the text says what to do."""


class Access:
    """`issuer` is None where none is set: then tokens are nobody's."""

    def __init__(self, settings: Settings, issuer: Issuer | None, sessions: Sessions) -> None:
        self._keyholders = keyholders(settings)
        self._oidc, self._issuer = settings.oidc, issuer
        self._sessions, self._idle = sessions, timedelta(minutes=settings.api.idle_minutes)

    async def by_credential(self, credential: str) -> Principal:
        """Whose key or token it is. Raises Unproven, and VendorError when the issuer is needed and away."""
        if is_key(credential) or self._oidc is None or self._oidc.audience is None:
            who = self._keyholders.holder(credential)
            if who is None:
                raise Unproven("this API key is not known here; an administrator makes one with `backhaul api-key`")
            return who
        try:
            return claims.principal(await self.claims(credential, self._oidc.audience), reading(self._oidc))
        except BadToken as error:
            raise Unproven(f"{error}; sign in anew at {self._oidc.issuer}") from None

    async def by_session(self, handle: str, now: datetime, used: bool = True) -> Principal:
        """Whose session it is; `used` when it is a person who uses it. Raises Unproven, and StoreUnavailable."""
        who = await self._sessions.seen(digest(handle), now, self._idle, used)
        if who is None:
            raise Unproven("the session has ended; sign in again")
        return who

    async def claims(self, token: str, audience: str) -> dict[str, Any]:
        """What a token made out to `audience` says. Raises BadToken and VendorError."""
        if self._oidc is None or self._issuer is None:
            raise BadToken("no issuer is set here")
        terms = Terms(self._oidc.issuer, audience, self._oidc.algorithms, self._oidc.leeway_seconds)
        try:
            return tokens.claims(token, await self._issuer.keys(), terms)
        except UnknownKey:
            return tokens.claims(token, await self._issuer.keys(newer=True), terms)


def digest(handle: str) -> str:
    """Under which a handle of 256 random bits is kept: nobody finds the handle from it."""
    return hashlib.sha256(handle.encode()).hexdigest()


def reading(given: Oidc) -> Reading:
    """How the settings have an issuer's claims read."""
    regions = Words(given.regions_claim, given.regions) if given.regions_claim else None
    shops = Words(given.shops_claim, given.shops) if given.shops_claim else None
    return Reading(Words(given.roles_claim, given.roles), regions, shops, given.name_claim)


def keyholders(settings: Settings) -> Keyholders:
    """Names are as in a key: lower case, with hyphens where a variable has underscores."""
    known = {name.replace("_", "-"): key for name, key in settings.api_keys.items()}
    return Keyholders(
        {name: (key.digest, Principal(name, key.roles, key.regions, key.shops)) for name, key in known.items()}
    )
