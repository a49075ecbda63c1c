"""Units of a return on two axes, reception and acceptance, each a small table of moves. Units are never made or lost.

Units of one line that share a fate are one Lot, so a return of six hundred screws is as small as a return of one mug.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.errors import BadInput, WrongStage
from domain.inventory import Disposition

# A unit's whole price, in millionths: a fraction of it has six decimals.
FULL_VALUE = 1_000_000


class Reception(StrEnum):
    """What the warehouse saw of a unit. KEPT: it stays with the customer, nothing is awaited."""

    AWAITING = "awaiting"
    RECEIVED = "received"
    MISSING = "missing"
    LOST = "lost"
    CANCELLED = "cancelled"
    KEPT = "kept"


class Acceptance(StrEnum):
    """What was decided on a unit."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


# A lost or missing parcel may still turn up; what was received stays received.
RECEPTION_MOVES: dict[Reception, frozenset[Reception]] = {
    Reception.AWAITING: frozenset(
        {Reception.RECEIVED, Reception.MISSING, Reception.LOST, Reception.CANCELLED, Reception.KEPT}
    ),
    Reception.MISSING: frozenset({Reception.RECEIVED}),
    Reception.LOST: frozenset({Reception.RECEIVED, Reception.MISSING}),
    Reception.RECEIVED: frozenset(),
    Reception.CANCELLED: frozenset(),
    Reception.KEPT: frozenset(),
}
# A verdict may be overruled after a dispute, in either direction, until the credit memo posts.
ACCEPTANCE_MOVES: dict[Acceptance, frozenset[Acceptance]] = {
    Acceptance.PENDING: frozenset({Acceptance.ACCEPTED, Acceptance.REJECTED}),
    Acceptance.REJECTED: frozenset({Acceptance.ACCEPTED}),
    Acceptance.ACCEPTED: frozenset({Acceptance.REJECTED}),
}


@dataclass(frozen=True, slots=True)
class Lot:
    """`quantity` units of `line_id` with one fate. `value` is the part of the price credited, in millionths."""

    line_id: str
    quantity: int
    reception: Reception = Reception.AWAITING
    acceptance: Acceptance = Acceptance.PENDING
    disposition: Disposition | None = None
    value: int = FULL_VALUE


@dataclass(frozen=True, slots=True)
class Verdict:
    """The warehouse's word on `quantity` units of a line. Photos are references, never file contents."""

    line_id: str
    quantity: int
    disposition: Disposition
    accepted: bool
    value: int = FULL_VALUE
    serial: str | None = None
    note: str | None = None
    photos: tuple[str, ...] = ()


Lots = tuple[Lot, ...]


def awaiting(lines: Iterable[tuple[str, int]]) -> Lots:
    return tuple(Lot(line_id, quantity) for line_id, quantity in lines)


def count(lots: Lots, line_id: str | None = None, reception: Reception | None = None) -> int:
    return sum(
        lot.quantity
        for lot in lots
        if (line_id is None or lot.line_id == line_id) and (reception is None or lot.reception is reception)
    )


def receive(lots: Lots, line_id: str, quantity: int) -> tuple[Lots, int]:
    """Units arrive: awaited first, then those given up. Answers the lots and how many were more than expected."""
    for reception in (Reception.AWAITING, Reception.LOST, Reception.MISSING):
        lots, quantity = _take(
            lots,
            quantity,
            lambda lot, r=reception: lot.line_id == line_id and lot.reception is r,  # type: ignore[misc]
            lambda lot: replace(
                lot, reception=_move(lot.reception, Reception.RECEIVED), acceptance=Acceptance.PENDING, disposition=None
            ),
        )
    return lots, quantity


def give_up(lots: Lots, reception: Reception) -> Lots:
    """What did not come is missing, lost or cancelled; a missing unit is rejected, a lost one waits for a decision."""

    def change(lot: Lot) -> Lot:
        moved = replace(lot, reception=_move(lot.reception, reception))
        if reception is Reception.LOST:
            return moved
        return replace(moved, acceptance=Acceptance.REJECTED, disposition=Disposition.MISSING)

    return _take(lots, count(lots), lambda lot: lot.reception is Reception.AWAITING, change)[0]


def keep(lots: Lots) -> Lots:
    """The customer keeps what has not been sent: it is credited in full and moves no stock."""

    def change(lot: Lot) -> Lot:
        return replace(
            lot,
            reception=_move(lot.reception, Reception.KEPT),
            acceptance=_accept(lot.acceptance, Acceptance.ACCEPTED),
            disposition=Disposition.KEPT,
        )

    return _take(lots, count(lots), lambda lot: lot.reception is Reception.AWAITING, change)[0]


def decide_lost(lots: Lots, credit: bool) -> Lots:
    """A lost parcel is credited in full (the carrier's fault) or not at all."""

    def change(lot: Lot) -> Lot:
        to = Acceptance.ACCEPTED if credit else Acceptance.REJECTED
        return replace(lot, acceptance=_accept(lot.acceptance, to), disposition=Disposition.MISSING)

    return _take(
        lots,
        count(lots),
        lambda lot: lot.reception is Reception.LOST and lot.acceptance is Acceptance.PENDING,
        change,
    )[0]


def inspect(lots: Lots, verdict: Verdict) -> Lots:
    """Apply a verdict to received, uninspected units. Raises BadInput when there are not as many."""
    if verdict.quantity <= 0:
        raise BadInput("quantity", "a verdict is on at least one unit")
    if not 0 <= verdict.value <= FULL_VALUE:
        raise BadInput("value_fraction", "must be from 0 to 1")
    if verdict.disposition is Disposition.KEPT:
        raise BadInput("disposition", "a unit that was received is not kept by the customer")
    if verdict.accepted and verdict.disposition in (Disposition.MISSING, Disposition.WRONG_ITEM, Disposition.SEND_BACK):
        raise BadInput("disposition", f"a unit that is {verdict.disposition} cannot be accepted for credit")
    acceptance = Acceptance.ACCEPTED if verdict.accepted else Acceptance.REJECTED

    def change(lot: Lot) -> Lot:
        return replace(
            lot,
            acceptance=_accept(lot.acceptance, acceptance),
            disposition=verdict.disposition,
            value=verdict.value if verdict.accepted else 0,
        )

    lots, left = _take(lots, verdict.quantity, lambda lot: lot.line_id == verdict.line_id and _uninspected(lot), change)
    if left:
        there = verdict.quantity - left
        text = f"line {verdict.line_id} has {there} received, uninspected units, not {verdict.quantity}"
        raise BadInput("quantity", text)
    return lots


def overrule(lots: Lots) -> Lots:
    """A dispute was upheld: received units are credited in full; where they go stays as inspected, never missing."""

    def change(lot: Lot) -> Lot:
        disposition = Disposition.QUARANTINE if lot.disposition is Disposition.SEND_BACK else lot.disposition
        return replace(
            lot, acceptance=_accept(lot.acceptance, Acceptance.ACCEPTED), value=FULL_VALUE, disposition=disposition
        )

    return _take(lots, count(lots), _contested, change)[0]


def send_back(lots: Lots) -> Lots:
    """The customer wants the contested units back instead of the lower credit; what was never there cannot go back."""

    def change(lot: Lot) -> Lot:
        return replace(
            lot,
            acceptance=_accept(lot.acceptance, Acceptance.REJECTED),
            value=0,
            disposition=Disposition.SEND_BACK,
        )

    def which(lot: Lot) -> bool:
        return _contested(lot) and lot.disposition is not Disposition.MISSING

    return _take(lots, count(lots), which, change)[0]


def all_received_inspected(lots: Lots) -> bool:
    return not any(_uninspected(lot) for lot in lots)


def all_arrived(lots: Lots) -> bool:
    return not any(lot.reception is Reception.AWAITING for lot in lots)


def credited(lots: Lots) -> dict[str, tuple[int, int]]:
    """Per line: (accepted units, their value in millionths of a unit)."""
    found: dict[str, tuple[int, int]] = {}
    for lot in lots:
        if lot.acceptance is Acceptance.ACCEPTED:
            quantity, value = found.get(lot.line_id, (0, 0))
            found[lot.line_id] = (quantity + lot.quantity, value + lot.quantity * lot.value)
    return found


def _uninspected(lot: Lot) -> bool:
    return lot.reception is Reception.RECEIVED and lot.acceptance is Acceptance.PENDING


def _contested(lot: Lot) -> bool:
    return (
        lot.reception is Reception.RECEIVED
        and lot.acceptance is not Acceptance.PENDING
        and lot.value < FULL_VALUE
        and lot.disposition is not Disposition.WRONG_ITEM
    )


def _move(at: Reception, to: Reception) -> Reception:
    if to not in RECEPTION_MOVES[at]:
        raise WrongStage(f"a unit that is {at} cannot become {to}")
    return to


def _accept(at: Acceptance, to: Acceptance) -> Acceptance:
    if at is not to and to not in ACCEPTANCE_MOVES[at]:
        raise WrongStage(f"a unit that is {at} cannot become {to}")
    return to


def _take(lots: Lots, quantity: int, which: Callable[[Lot], bool], change: Callable[[Lot], Lot]) -> tuple[Lots, int]:
    """Change up to `quantity` units of the lots that qualify, splitting a lot where needed; equal lots merge again."""
    out: list[Lot] = []
    for lot in lots:
        part = min(lot.quantity, quantity) if which(lot) else 0
        if part:
            out.append(change(replace(lot, quantity=part)))
            quantity -= part
        if part < lot.quantity:
            out.append(replace(lot, quantity=lot.quantity - part))
    return _merged(out), quantity


def _merged(lots: list[Lot]) -> Lots:
    together: dict[Lot, int] = {}
    for lot in lots:
        key = replace(lot, quantity=0)
        together[key] = together.get(key, 0) + lot.quantity
    return tuple(replace(key, quantity=quantity) for key, quantity in together.items())
