"""The warehouse's bench: which return a parcel belongs to, what is to come in it, and what waits for a verdict.

Read from the books only, so that a parcel is found while the engine is away."""

from __future__ import annotations

from dataclasses import dataclass

from domain import ids, units
from domain.errors import BadInput
from domain.returns import Snapshot, Stage, UnexpectedGoods
from domain.units import Reception
from runtime.scope import scoped
from runtime.views.stock import StockLine, Units, Whereabouts, stock_of
from security.roles import Principal, sees
from store.port import Returns, Search

_MOST = 20
_TAKES_PARCELS = frozenset({Stage.AWAITING_GOODS, Stage.PENDING_INSPECTION, Stage.EXPIRED})
_MAY_COME = (Reception.AWAITING, Reception.LOST, Reception.MISSING)


@dataclass(frozen=True, slots=True)
class BenchLine:
    """`to_come` units may still arrive, `waiting` ones are here without a verdict; `judged` are the others."""

    line_id: str
    sku: str
    title: str
    reason: str
    asked: int
    to_come: int
    waiting: int
    judged: tuple[Units, ...]


@dataclass(frozen=True, slots=True)
class BenchView:
    """`takes_parcels`: one may be counted in now; the return itself has the last word."""

    lines: tuple[BenchLine, ...]
    takes_parcels: bool
    waiting: int
    unexpected: tuple[UnexpectedGoods, ...]


class Bench:
    def __init__(self, returns: Returns) -> None:
        self._returns = returns

    async def find(self, who: Principal, scanned: str) -> tuple[Snapshot, ...]:
        """What is called exactly so, else what has it somewhere; those with something to do here first.

        It may be the id of a return or an order, an authorization, a tracking number or an article."""
        wanted = scanned.strip()
        if not wanted:
            return ()
        found = {one.return_id: one for one in await self._looked_up(who, wanted)}.values()
        named = [one for one in found if wanted.casefold() in _names(one)]
        return tuple(sorted(named or found, key=lambda one: not for_the_bench(one)))

    async def _looked_up(self, who: Principal, wanted: str) -> list[Snapshot]:
        found: list[Snapshot] = []
        try:
            known = await self._returns.snapshot(ids.check_return_id(wanted.upper()))
        except BadInput:
            known = None
        if known is not None and sees(who, known.region, known.shop):
            return [known]
        # What the bench waits for is not pushed off the list by newer returns of the same article.
        for stages in (tuple(sorted(_TAKES_PARCELS)), ()):
            search = Search(text=wanted, stages=stages, limit=_MOST)
            found += (await self._returns.search(scoped(who, search))).snapshots
        return found


def for_the_bench(snap: Snapshot) -> bool:
    """Whether the warehouse is the one to do something about it."""
    return snap.stage in _TAKES_PARCELS


def bench_of(snap: Snapshot) -> BenchView:
    lines = tuple(_line(snap, line) for line in stock_of(snap).lines)
    waiting = sum(line.waiting for line in lines) if snap.stage is Stage.PENDING_INSPECTION else 0
    return BenchView(lines, for_the_bench(snap), waiting, snap.unexpected)


def _line(snap: Snapshot, line: StockLine) -> BenchLine:
    here = [one for one in line.units if one.where is Whereabouts.PENDING_INSPECTION]
    judged = tuple(one for one in line.units if one not in here and one.where is not Whereabouts.EXPECTED)
    return BenchLine(
        line.line_id, line.sku, line.title, line.reason, line.asked,
        sum(units.count(snap.lots, line.line_id, reception) for reception in _MAY_COME),
        sum(one.quantity for one in here), judged if snap.receipts else (),
    )  # fmt: skip


def _names(snap: Snapshot) -> frozenset[str]:
    """All that one scan may be, whole. An order's name is on papers with and without its sign."""
    authorization = snap.quote.authorization_number if snap.quote else ""
    names = (
        snap.return_id, snap.order_id, snap.order_name, snap.order_name.lstrip("#"), snap.authorization, authorization,
        snap.storefront_return, *snap.tracking, *(line.sku for line in snap.lines),
    )  # fmt: skip
    return frozenset(name.casefold() for name in names if name)
