"""The reversal ledger as front doors show it. Amounts are decimal strings, units whole numbers as strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.ledger import LedgerPage, Shortage, State, added
from domain.money import Money
from runtime.bookkeeping import Compared
from runtime.documents import plain


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line and component: what was posted, what is held of it, what remains."""

    line_id: str
    component: str
    posted: str
    reserved: str
    reversed: str
    remaining: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """What one holder took of one line; `value` is in millionths of a unit."""

    holder: str
    line_id: str
    state: State
    units: int
    value: int
    amounts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReservedBy:
    return_id: str
    reserved: str


@dataclass(frozen=True, slots=True)
class ShortageView:
    """`missing` is promised or credited beyond what was posted; `returns` count on it."""

    line_id: str
    component: str
    missing: str
    returns: tuple[ReservedBy, ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """One invoice."""

    invoice_id: str
    currency: str
    lines: tuple[LedgerLine, ...]
    entries: tuple[EntryView, ...]
    shortages: tuple[ShortageView, ...]


def figure(component: str, count: int, currency: str) -> str:
    """Units as they are, amounts with the currency's decimals."""
    return str(count) if component == "units" else Money(count, currency).decimal()


def lines_of(page: LedgerPage) -> tuple[LedgerLine, ...]:
    rows = []
    for line in page.lines:
        reserved, gone = (_taken(page, line.line_id, state) for state in (State.RESERVED, State.REVERSED))
        for component, posted in {"units": line.quantity, **line.parts}.items():
            held = reserved.get(component, 0), gone.get(component, 0)
            counts = (posted, *held, posted - sum(held))
            rows.append(
                LedgerLine(line.line_id, component, *(figure(component, count, page.currency) for count in counts))
            )
    return tuple(rows)


def _taken(page: LedgerPage, line_id: str, state: State) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in page.entries:
        if entry.line_id == line_id and entry.state is state:
            found = added(found, {"units": entry.quantity, **entry.parts})
    return found


def of_page(page: LedgerPage, short: tuple[Shortage, ...]) -> PageView:
    entries = tuple(
        EntryView(
            entry.holder, entry.line_id, entry.state, entry.quantity, entry.value, _amounts(entry.parts, page.currency)
        )
        for entry in page.entries
    )
    return PageView(page.invoice_id, page.currency, lines_of(page), entries, _shortages(short, page.currency))


def of_comparison(order: str, compared: Compared) -> dict[str, Any]:
    rebuilt = compared.rebuilt
    currency = rebuilt.page.currency
    return {
        "order_id": order,
        "invoice": compared.invoice,
        "currency": currency,
        "written": compared.written,
        "credit_memos": [
            {
                "document": memo.document, "number": memo.number, "date": memo.posted_on.isoformat(),
                "holder": memo.holder, "total": memo.total.decimal(), "open": memo.open.decimal(),
            }
            for memo in compared.credits
        ],
        "differences": [
            {"line_id": one.line_id, "component": one.component, "document": one.document}
            | {
                "ours": figure(one.component, one.ours, currency),
                "theirs": figure(one.component, one.theirs, currency),
            }
            for one in rebuilt.corrections
        ],
        "not_on_the_invoice": [
            {"document": one.document, "line_id": one.line_id, "total": Money(one.total, currency).decimal()}
            for one in rebuilt.unplaced
        ],
        "shortages": plain(tuple[ShortageView, ...], _shortages(rebuilt.shortages, currency)),
    }  # fmt: skip


def _shortages(short: tuple[Shortage, ...], currency: str) -> tuple[ShortageView, ...]:
    return tuple(
        ShortageView(
            one.line_id, one.component, figure(one.component, one.missing, currency),
            tuple(ReservedBy(holder, figure(one.component, held, currency)) for holder, held in one.holders),
        )
        for one in short
    )  # fmt: skip


def _amounts(parts: dict[str, int], currency: str) -> dict[str, str]:
    return {component: Money(amount, currency).decimal() for component, amount in parts.items()}
