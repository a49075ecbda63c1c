"""Signing in and out of the console: by the issuer with an authorization code, in the embedded stack by a password.

A browser holds two random handles and nothing else: one from the beginning of a sign-in to its answer, one for the
session. What they stand for is in PostgreSQL, where it can be ended.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.errors import Permanent
from adapters.sign_in.port import Asked, Issuer
from runtime.access import Access, Unproven, digest, reading
from runtime.settings import Settings
from security import claims
from security.roles import Principal
from security.tokens import BadToken
from store.port import Begun, Sessions

# A person who thinks about the password longer than that begins again.
_PATIENCE = timedelta(minutes=10)
CALLBACK = "/sign-in/callback"
_LONGEST_GOAL = 512
_ANEW = "begin again at /sign-in"


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the browser goes to sign in, and the handle by which it is known when it comes back."""

    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Entered:
    """The handle of a new session, and where the person wanted to go."""

    handle: str
    goal: str


class SignIn:
    def __init__(self, settings: Settings, access: Access, issuer: Issuer | None, sessions: Sessions) -> None:
        self._settings, self._access, self._issuer, self._sessions = settings, access, issuer, sessions

    @property
    def by_issuer(self) -> bool:
        return self._issuer is not None and self._settings.oidc is not None and bool(self._settings.oidc.client_id)

    @property
    def by_password(self) -> tuple[str, ...]:
        """The people of the embedded stack."""
        return tuple(self._settings.logins)

    async def begin(self, goal: str, now: datetime) -> Sent:
        """Raises Unproven where nobody can sign in so, VendorError when the issuer is away."""
        if self._issuer is None or not self.by_issuer:
            raise Unproven("no issuer is set by which people sign in here (BACKHAUL_OIDC__CLIENT_ID)")
        state, browser, nonce, verifier = (new_handle() for _ in range(4))
        address = await self._issuer.address(Asked(self._redirect, state, nonce, _challenge(verifier)))
        begun = Begun(nonce, verifier, own_path(goal))
        await self._sessions.begin(digest(state), digest(browser), begun, now, now + _PATIENCE)
        return Sent(address, browser)

    async def finish(self, state: str, code: str, browser: str, now: datetime) -> Entered:
        """The issuer's answer, as the browser brought it. Raises Unproven and VendorError."""
        given = self._settings.oidc
        if given is None or given.client_id is None or self._issuer is None:
            raise Unproven("no issuer is set by which people sign in here (BACKHAUL_OIDC__CLIENT_ID)")
        begun = await self._sessions.take(digest(state), digest(browser), now)
        if begun is None:
            raise Unproven(f"this sign-in was not begun in this browser, is used up, or took too long; {_ANEW}")
        try:
            token = await self._issuer.redeem(code, begun.verifier, self._redirect)
            found = await self._access.claims(token, given.client_id)
            if not hmac.compare_digest(str(found.get("nonce", "")), begun.nonce):
                raise BadToken("the token is the answer to another sign-in")
            if found.get("azp", given.client_id) != given.client_id:
                raise BadToken("the token was made for another client")
            who = claims.principal(found, reading(given))
        except BadToken as error:
            raise Unproven(f"{error}; {_ANEW}") from None
        except Permanent as error:
            raise Unproven(f"the issuer refused the sign-in ({error}); {_ANEW}") from None
        return Entered(await self._open(who, now), begun.goal)

    async def enter(self, user: str, password: str, now: datetime) -> str:
        """The handle of a new session, in the embedded stack. Raises Unproven."""
        login = self._settings.logins.get(user)
        sent = hashlib.sha256(password.encode()).hexdigest()
        if login is None or not hmac.compare_digest(login.digest, sent):
            raise Unproven("this name or this password is wrong")
        name = user.replace("_", "-")
        return await self._open(Principal(claims.person(name), login.roles, login.regions, login.shops, name), now)

    async def leave(self, handle: str) -> None:
        """Ends the session everywhere."""
        await self._sessions.end(digest(handle))

    async def end_all(self, name: str, actor: str, why: str) -> int:
        """Ends every session of a person, whose name is as timelines and audit have it; answers how many."""
        return await self._sessions.end_all(name if claims.is_person(name) else claims.person(name), actor, why)

    async def _open(self, who: Principal, now: datetime) -> str:
        """Always a new handle: one that somebody planted in the browser before is worth nothing afterwards."""
        handle = new_handle()
        await self._sessions.open(digest(handle), who, now, now + timedelta(minutes=self._settings.api.session_minutes))
        return handle

    @property
    def _redirect(self) -> str:
        return f"{self._settings.api.url or ''}{CALLBACK}"


def new_handle() -> str:
    """256 random bits: there is nothing to guess, and nothing in it to read."""
    return secrets.token_urlsafe(32)


def own_path(goal: str) -> str:
    """The goal when it is a path of ours, else the front page: nobody is led elsewhere by way of a sign-in."""
    ours = goal.startswith("/") and not goal.startswith(("//", "/\\")) and goal.isprintable() and "\\" not in goal
    return goal if ours and len(goal) <= _LONGEST_GOAL else "/"


def form_proof(handle: str) -> str:
    """What every form of this session's pages carries, and nobody else's page knows."""
    return hmac.new(handle.encode(), b"form", hashlib.sha256).hexdigest()


def _challenge(verifier: str) -> str:
    """RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
