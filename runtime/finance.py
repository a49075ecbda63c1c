"""What finance looks at: holds that are its to decide, with all the money they are about, and what does not match.

Read from the books only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.change_request import RequestKind, RequestState
from domain.returns import Hold, Owner, Snapshot
from runtime.scope import scoped
from runtime.views import Views
from runtime.views.money import MoneyView
from security.roles import Principal
from store.port import Claim, Claims, Returns, Search

# Each is looked up line by line in the ledger.
_A_PAGE = 20
_PARTIAL = "partial_refund"


@dataclass(frozen=True, slots=True)
class Matter:
    """A hold with the money it is about. `request`: what somebody asked for, where that is what has to be decided."""

    snap: Snapshot
    hold: Hold
    money: MoneyView
    claim: Claim | None
    request: RequestState | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    snap: Snapshot
    money: MoneyView


class Finance:
    def __init__(self, returns: Returns, claims: Claims, views: Views) -> None:
        self._returns, self._claims, self._views = returns, claims, views

    async def matters(
        self, who: Principal, cursor: str | None, proposed: bool = False
    ) -> tuple[tuple[Matter, ...], str | None]:
        """Newest returns first; and what leads to the next page. `proposed`: only what waits for a second person."""
        wanted = Search(held=True, hold_owner=Owner.FINANCE, proposed=proposed, cursor=cursor)
        found = await self._page(who, wanted)
        claims = await self._claims.of(tuple(snap.return_id for snap in found[0]))
        taken = {(claim.return_id, claim.hold_id): claim for claim in claims}
        matters = []
        for snap in found[0]:
            money = await self._views.money(snap)
            for hold in snap.holds:
                if hold.owner is Owner.FINANCE and (hold.proposal or not proposed):
                    claim = taken.get((snap.return_id, hold.hold_id))
                    matters.append(Matter(snap, hold, money, claim, _asked(snap, hold)))
        return tuple(matters), found[1]

    async def mismatches(self, who: Principal, cursor: str | None) -> tuple[tuple[Mismatch, ...], str | None]:
        """Returns whose amounts differ, or that were settled by hand; newest first."""
        snaps, following = await self._page(who, Search(differ=True, cursor=cursor))
        return tuple([Mismatch(snap, await self._views.money(snap)) for snap in snaps]), following

    async def _page(self, who: Principal, search: Search) -> tuple[tuple[Snapshot, ...], str | None]:
        found = await self._returns.search(scoped(who, replace(search, limit=_A_PAGE)))
        return found.snapshots, found.cursor


def _asked(snap: Snapshot, hold: Hold) -> RequestState | None:
    """The hold says what the request's answer says while it waits."""
    if hold.reason != _PARTIAL:
        return None
    fits = (one for one in snap.changes if one.pending and one.request.kind is RequestKind.PARTIAL_REFUND)
    return next((one for one in fits if one.sentence == hold.detail), None)
