"""What policies take off a credit or give back to it: lines of their own, beside the goods that are credited whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.allocation import at_most
from domain.invoice import RESTOCKING_FEE, RETURN_SHIPPING_FEE
from domain.refund import CreditLine, PolicyNote
from domain.terms import Price, priced


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A charge under its line id; negative: given back. `told`: there is something to say also without an amount."""

    line_id: str
    charge: Price
    reason: str
    told: bool = False


def within(wanted: Iterable[Adjustment], room: int) -> tuple[list[CreditLine], list[PolicyNote]]:
    """The adjustments as credit lines, fees first, and the notes on them.

    Charges never exceed what there is to charge them on, `room` and what is given back: they are taken in the order
    given. What a correction could not take now is taken with a later return, or settled when everything is back."""
    wanted = tuple(wanted)
    room += sum(max(-one.charge.total, 0) for one in wanted)
    lines, notes = [], []
    for one in wanted:
        charge = priced(at_most(one.charge.parts, room)) if one.charge.total > 0 else one.charge
        room -= max(charge.total, 0)
        line = CreditLine(one.line_id, 0, -charge.net, {code: -tax for code, tax in charge.taxes.items() if tax})
        there = bool(line.net or line.taxes)
        if there:
            lines.append(line)
        if there or one.told:
            notes.append(PolicyNote(one.line_id, one.reason, line.total))
    lines.sort(key=lambda line: line.line_id not in (RESTOCKING_FEE, RETURN_SHIPPING_FEE))
    return lines, notes
