"""The reversal ledger as JSON documents. Amounts are decimal strings, units whole numbers as strings."""

from __future__ import annotations

from typing import Any

from domain.ledger import LedgerPage, Shortage, State, added
from domain.money import Money
from runtime.bookkeeping import Compared


def figure(component: str, count: int, currency: str) -> str:
    """Units as they are, amounts with the currency's decimals."""
    return str(count) if component == "units" else Money(count, currency).decimal()


def lines_of(page: LedgerPage) -> list[dict[str, str]]:
    """One row per line and component: what was posted, what is held of it, what remains."""
    rows = []
    for line in page.lines:
        reserved, gone = (_taken(page, line.line_id, state) for state in (State.RESERVED, State.REVERSED))
        for component, posted in {"units": line.quantity, **line.parts}.items():
            held = reserved.get(component, 0), gone.get(component, 0)
            counts = (posted, *held, posted - sum(held))
            told = (figure(component, count, page.currency) for count in counts)
            names = ("posted", "reserved", "reversed", "remaining")
            rows.append({"line_id": line.line_id, "component": component} | dict(zip(names, told, strict=True)))
    return rows


def _taken(page: LedgerPage, line_id: str, state: State) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in page.entries:
        if entry.line_id == line_id and entry.state is state:
            found = added(found, {"units": entry.quantity, **entry.parts})
    return found


def of_page(page: LedgerPage, short: tuple[Shortage, ...]) -> dict[str, Any]:
    return {
        "invoice_id": page.invoice_id,
        "currency": page.currency,
        "lines": lines_of(page),
        "entries": [
            {
                "holder": entry.holder, "line_id": entry.line_id, "state": str(entry.state), "units": entry.quantity,
                "value": entry.value, "amounts": _amounts(entry.parts, page.currency),
            }
            for entry in page.entries
        ],
        "shortages": [_shortage(one, page.currency) for one in short],
    }  # fmt: skip


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
        "shortages": [_shortage(one, currency) for one in rebuilt.shortages],
    }  # fmt: skip


def _shortage(one: Shortage, currency: str) -> dict[str, Any]:
    return {
        "line_id": one.line_id,
        "component": one.component,
        "missing": figure(one.component, one.missing, currency),
        "returns": [
            {"return_id": holder, "reserved": figure(one.component, held, currency)} for holder, held in one.holders
        ],
    }


def _amounts(parts: dict[str, int], currency: str) -> dict[str, str]:
    return {component: Money(amount, currency).decimal() for component, amount in parts.items()}
