"""The reversal ledger of one invoice as data: what was posted, who took what of it, and where that exceeds the posting.

A component of a line is 'net' or 'tax <code>'; amounts are minor units of the invoice's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from domain.invoice import SHIPPING_LINE, Invoice

Amounts = dict[str, int]


class State(StrEnum):
    """RESERVED by an open return, REVERSED by a credit memo, RELEASED: takes nothing any more."""

    RESERVED = "reserved"
    REVERSED = "reversed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one holder took of one line: a return's id, or 'erp:<document>' for a memo made in the ERP itself.

    `quantity` counts units, `value` millionths of a unit."""

    holder: str
    line_id: str
    quantity: int
    value: int
    parts: Amounts
    state: State


@dataclass(frozen=True, slots=True)
class PostedLine:
    line_id: str
    quantity: int
    parts: Amounts

    @property
    def total(self) -> int:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Everything the ledger holds of one invoice."""

    invoice_id: str
    order_id: str
    currency: str
    lines: tuple[PostedLine, ...] = ()
    entries: tuple[Entry, ...] = ()

    def line(self, line_id: str) -> PostedLine | None:
        return next((line for line in self.lines if line.line_id == line_id), None)


@dataclass(frozen=True, slots=True)
class Shortage:
    """`missing` of a component is promised or credited beyond what was posted. `holders` are the open returns that
    count on it, with what each is promised; none: the credit memos alone take more than the invoice posted."""

    line_id: str
    component: str
    missing: int
    holders: tuple[tuple[str, int], ...] = field(default=())


def amounts(net: int, taxes: dict[str, int]) -> Amounts:
    """By component. A component of nothing is left out: a tax code at zero is no tax."""
    parts = {"net": net, **{f"tax {code}": tax for code, tax in sorted(taxes.items())}}
    return {component: amount for component, amount in parts.items() if amount}


def taxes_of(parts: Amounts) -> dict[str, int]:
    return {name.removeprefix("tax "): amount for name, amount in parts.items() if name != "net"}


def added(one: Amounts, other: Amounts) -> Amounts:
    sums = {component: one.get(component, 0) + other.get(component, 0) for component in {**one, **other}}
    return {component: amount for component, amount in sums.items() if amount}


def lacking(posted: Amounts, taken: Amounts) -> Amounts:
    """By component, by how much more was taken than posted."""
    over = {component: amount - posted.get(component, 0) for component, amount in taken.items()}
    return {component: missing for component, missing in sorted(over.items()) if missing > 0}


def posted_lines(invoice: Invoice) -> tuple[PostedLine, ...]:
    return tuple(PostedLine(line.line_id, line.quantity, amounts(line.net, line.taxes)) for line in invoice.lines)


def shortages(page: LedgerPage) -> tuple[Shortage, ...]:
    """Where more is taken of a line than was posted: units first, then amounts."""
    found = []
    for line in page.lines:
        mine = [entry for entry in page.entries if entry.line_id == line.line_id and entry.state is not State.RELEASED]
        taken: Amounts = {}
        for entry in mine:
            taken = added(taken, entry.parts)
        units = sum(entry.quantity for entry in mine)
        over = {"units": units - line.quantity} if units > line.quantity and line.line_id != SHIPPING_LINE else {}
        for component, missing in (over | lacking(line.parts, taken)).items():
            held = [
                (entry.holder, entry.quantity if component == "units" else entry.parts.get(component, 0))
                for entry in mine
                if entry.state is State.RESERVED
            ]
            holders = tuple(sorted((holder, amount) for holder, amount in held if amount))
            found.append(Shortage(line.line_id, component, missing, holders))
    return tuple(found)
