"""What people may do with holds: see what waits and for how long, say that they work on one, decide it.

Raises domain refusals (with Forbidden and NotFound) and RetryLater; never an engine's error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.errors import BadInput, Forbidden, WrongStage
from domain.returns import Hold, Snapshot, Stage
from runtime.refusals import NotFound
from runtime.returns import Returns
from runtime.scope import check_sees, scoped
from security.roles import Principal, decides, sees
from store.port import Claim, Claims, Search
from workflows.messages import Ack, Resolve, SecondWord

# So many minutes somebody has a hold to themselves unless they say otherwise, and at most a working day.
MINUTES, MOST_MINUTES = 30, 480


class Taken(WrongStage):
    """Somebody else works on it."""

    code = "taken"


@dataclass(frozen=True, slots=True)
class OpenHold:
    """`age` in seconds. `taken` by whom and until when; None: nobody works on it."""

    return_id: str
    order_name: str
    stage: Stage
    hold: Hold
    age: int
    taken: Claim | None
    mine: bool


class Holds:
    def __init__(self, returns: Returns, claims: Claims) -> None:
        self._returns, self._claims = returns, claims

    async def page(
        self, who: Principal, now: datetime, search: Search, reason: str = ""
    ) -> tuple[tuple[OpenHold, ...], str | None]:
        """Those of the newest returns first; `search` says whose, and leads to the next page."""
        wanted = replace(search, held=True, hold_reason=reason or None)
        page = await self._returns.search(scoped(who, wanted))
        found = await self._told(who, now, page.snapshots)
        owner = search.hold_owner
        fit = (one for one in found if (not owner or one.hold.owner == owner))
        fit = (one for one in fit if one.hold.proposal or not search.proposed)
        return tuple(one for one in fit if not reason or one.hold.reason == reason), page.cursor

    async def mine(self, who: Principal, now: datetime) -> tuple[OpenHold, ...]:
        """What somebody took and is still open, oldest claim first."""
        taken = await self._claims.by(who.name)
        ids = dict.fromkeys(claim.return_id for claim in taken)
        snapshots = [await self._returns.snapshot(return_id) for return_id in ids]
        found = await self._told(who, now, [snap for snap in snapshots if sees(who, snap.region, snap.shop)])
        return tuple(one for one in found if one.mine)

    async def take(self, who: Principal, now: datetime, return_id: str, hold_id: str, minutes: int) -> OpenHold:
        """Say that one works on it. Again: for longer. Raises Taken while somebody else does."""
        if not 1 <= minutes <= MOST_MINUTES:
            raise BadInput("minutes", f"must be from 1 to {MOST_MINUTES}")
        snap, hold = await self._owned(who, return_id, hold_id)
        self._returns.check(snap)
        claim = await self._claims.take(return_id, hold_id, who.name, timedelta(minutes=minutes))
        _check_free(who, claim)
        return _open(who, now, snap, hold, claim)

    async def release(self, who: Principal, return_id: str, hold_id: str) -> bool:
        """False when it was not theirs."""
        check_sees(who, await self._returns.snapshot(return_id))
        return await self._claims.release(return_id, hold_id, who.name)

    async def resolve(self, who: Principal, return_id: str, message: Resolve) -> Ack:
        """Decide it, or propose it, as the role that owns it. Raises Taken while somebody else works on it."""
        await self._check_free_to(who, return_id, message.hold_id)
        done = await self._returns.resolve(return_id, message)
        await self._claims.release(return_id, message.hold_id, who.name)
        return done

    async def second_word(self, who: Principal, return_id: str, message: SecondWord) -> Ack:
        """Approve, reject or take back what is proposed on it, as a person with the role that owns it. Raises Taken
        while somebody else works on it, and Forbidden when it is not theirs to say."""
        await self._check_free_to(who, return_id, message.hold_id)
        done = await self._returns.second_word(return_id, message)
        await self._claims.release(return_id, message.hold_id, who.name)
        return done

    async def _check_free_to(self, who: Principal, return_id: str, hold_id: str) -> None:
        """One that is not open any more may have been decided by this very message: the return knows."""
        snap = check_sees(who, await self._returns.snapshot(return_id))
        hold = next((one for one in snap.holds if one.hold_id == hold_id), None)
        if hold is None:
            return
        _check_owner(who, hold)
        for claim in await self._claims.of((return_id,)):
            if claim.hold_id == hold.hold_id:
                _check_free(who, claim)

    async def _owned(self, who: Principal, return_id: str, hold_id: str) -> tuple[Snapshot, Hold]:
        snap = check_sees(who, await self._returns.snapshot(return_id))
        hold = next((one for one in snap.holds if one.hold_id == hold_id), None)
        if hold is None:
            known = ", ".join(one.hold_id for one in snap.holds) or "none"
            raise NotFound(f"{return_id} has no open hold {hold_id}; open are {known}")
        _check_owner(who, hold)
        return snap, hold

    async def _told(self, who: Principal, now: datetime, snaps: Iterable[Snapshot]) -> tuple[OpenHold, ...]:
        held = [(snap, hold) for snap in snaps for hold in snap.holds]
        claims = await self._claims.of(tuple(dict.fromkeys(snap.return_id for snap, _ in held)))
        taken = {(claim.return_id, claim.hold_id): claim for claim in claims}
        return tuple(_open(who, now, snap, hold, taken.get((snap.return_id, hold.hold_id))) for snap, hold in held)


def _open(who: Principal, now: datetime, snap: Snapshot, hold: Hold, claim: Claim | None) -> OpenHold:
    age = max(int((now - hold.since).total_seconds()), 0)
    mine = claim is not None and claim.by == who.name
    return OpenHold(snap.return_id, snap.order_name, snap.stage, hold, age, claim, mine)


def _check_owner(who: Principal, hold: Hold) -> None:
    if not decides(who, hold.owner):
        raise Forbidden(f"hold {hold.hold_id} is decided by {hold.owner}, which {who.name} is not")


def _check_free(who: Principal, claim: Claim) -> None:
    if claim.by != who.name:
        until = f"{claim.until:%Y-%m-%d %H:%M} UTC"
        raise Taken(f"{claim.by} works on hold {claim.hold_id} until {until}; ask them, or come back then")
