"""The goods of one return, by line: what is expected, what waits for a verdict, and where the rest went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.inventory import StockMove, StockState, goes_to
from domain.returns import CustomerStage, Snapshot, Stage, UnexpectedGoods
from domain.units import FULL_VALUE, Acceptance, Lot, Reception
from runtime.documents import plain


class Whereabouts(StrEnum):
    """Of a unit, as the warehouse speaks of it. DECIDED: there is a verdict, and the stock has not moved yet."""

    EXPECTED = "expected"
    PENDING_INSPECTION = "pending_inspection"
    DECIDED = "decided"
    RELEASED = "released"
    QUARANTINED = "quarantined"
    SCRAPPED = "scrapped"
    SENT_BACK = "sent_back"
    NEVER_CAME = "never_came"
    KEPT = "kept"


_WHERE = {
    StockState.AVAILABLE: Whereabouts.RELEASED,
    StockState.QUARANTINED: Whereabouts.QUARANTINED,
    StockState.SCRAPPED: Whereabouts.SCRAPPED,
    StockState.SENT_BACK: Whereabouts.SENT_BACK,
}


@dataclass(frozen=True, slots=True)
class Units:
    """`quantity` units of a line with one fate. `credited` is the part of their price, '1' for all of it."""

    quantity: int
    where: Whereabouts
    reception: Reception
    acceptance: Acceptance
    disposition: str
    goes_to: str
    credited: str


@dataclass(frozen=True, slots=True)
class StockLine:
    line_id: str
    sku: str
    title: str
    reason: str
    asked: int
    units: tuple[Units, ...]


@dataclass(frozen=True, slots=True)
class StockView:
    """`moves` are what left pending inspection; `inspectable`: units that a verdict can be given on now."""

    return_id: str
    stage: Stage
    lines: tuple[StockLine, ...]
    inspectable: int
    receipts: tuple[str, ...]
    tracking: tuple[str, ...]
    unexpected: tuple[UnexpectedGoods, ...]
    moves: tuple[StockMove, ...]


def stock_of(snap: Snapshot) -> StockView:
    lines = tuple(
        StockLine(
            line.line_id, line.sku, line.title, str(line.reason), line.quantity, tuple(_units(snap, line.line_id))
        )
        for line in snap.lines
    )
    waiting = Whereabouts.PENDING_INSPECTION
    return StockView(
        snap.return_id, snap.stage, lines,
        sum(one.quantity for line in lines for one in line.units if one.where is waiting),
        snap.receipts, snap.tracking, snap.unexpected, snap.stock,
    )  # fmt: skip


def document(view: StockView) -> dict[str, Any]:
    found: dict[str, Any] = plain(StockView, view)
    return found


def _units(snap: Snapshot, line_id: str) -> Iterator[Units]:
    for lot in snap.lots:
        if lot.line_id == line_id:
            to = goes_to(lot.disposition) if lot.disposition is not None else None
            part = f"{(Decimal(lot.value) / FULL_VALUE).normalize():f}"
            yield Units(
                lot.quantity, _where(snap, lot), lot.reception, lot.acceptance, str(lot.disposition or ""),
                str(to or ""), part if lot.acceptance is Acceptance.ACCEPTED else "0",
            )  # fmt: skip


def _where(snap: Snapshot, lot: Lot) -> Whereabouts:
    if lot.reception is Reception.KEPT:
        return Whereabouts.KEPT
    if lot.reception is Reception.AWAITING and snap.customer_stage is not CustomerStage.DONE:
        return Whereabouts.EXPECTED
    if lot.reception is not Reception.RECEIVED:
        return Whereabouts.NEVER_CAME
    moved = [move.to for move in snap.stock if move.line_id == lot.line_id]
    if moved:
        to = _meant(lot)
        # Of a return that was undone everything went back, whatever the verdict had said.
        return _WHERE[to if to in moved else moved[0]]
    return Whereabouts.PENDING_INSPECTION if lot.acceptance is Acceptance.PENDING else Whereabouts.DECIDED


def _meant(lot: Lot) -> StockState:
    """Where the verdict sends it: a unit that was counted in and found missing is written off."""
    if lot.disposition is None:
        return StockState.SENT_BACK
    return goes_to(lot.disposition) or StockState.SCRAPPED
