"""Sessions of people at the console. What a browser holds is kept as a digest only; time comes in as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from security.roles import Principal


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in whose answer is awaited: what the answer must fit to, and where the person wanted to go."""

    nonce: str
    verifier: str
    goal: str


class Sessions(Protocol):
    async def begin(self, state: str, browser: str, begun: Begun, now: datetime, ends_at: datetime) -> None:
        """Keep a sign-in; what was never answered is forgotten with it."""
        ...

    async def take(self, state: str, browser: str, now: datetime) -> Begun | None:
        """The sign-in this browser began, once; None the second time, for another browser and when it is too late."""
        ...

    async def open(self, session: str, who: Principal, now: datetime, ends_at: datetime) -> None:
        """Keep a session; those that ended are forgotten with it. It is an act of the audit, as its end is."""
        ...

    async def seen(self, session: str, now: datetime, idle: timedelta, used: bool = True) -> Principal | None:
        """Whose session it is. None when there is no such one, it ended, or was not used for `idle`; `used` says
        whether this is a use of it, by a person."""
        ...

    async def end(self, session: str) -> None:
        """One that is not there is fine."""
        ...

    async def end_all(self, name: str, actor: str, why: str) -> int:
        """End every session of the person of this name; answers how many there were. Told to the audit, none too."""
        ...
