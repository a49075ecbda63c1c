"""What Tryton's own books say of one order, read as its administrator would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from adapters.erp.tryton import Tryton, TrytonSettings
from tests.stack.tryton import RealTryton
from tryton_lab.seed import Seeded


def door(real: RealTryton, **changes: Any) -> Tryton:
    given: dict[str, Any] = {
        "url": real.url, "database": real.database, "user": real.user, "password": real.password,
    }  # fmt: skip
    return Tryton(TrytonSettings(**given | changes))


@dataclass(frozen=True, slots=True)
class Month:
    ends: date


@contextmanager
def month_closed(real: RealTryton) -> Iterator[Month]:
    """This month's accounting period is closed, for everybody."""
    with real.admin() as tryton:
        today = tryton.call("ir.date.today")
        inside = [["type", "=", "standard"], ["start_date", "<=", today], ["end_date", ">=", today]]
        (period,) = tryton.find("account.period", *inside, fields=("end_date",))
        tryton.call("account.period.close", [period["id"]])
        try:
            yield Month(period["end_date"])
        finally:
            tryton.call("account.period.reopen", [period["id"]])
            journals = tryton.find("account.journal.period", ["period", "=", period["id"]], ["state", "=", "closed"])
            if journals:  # which do not reopen with their period
                tryton.call("account.journal.period.reopen", [journal["id"] for journal in journals])


class OrderBooks:
    """An order put into Tryton's books, and what became of it there."""

    def __init__(self, real: RealTryton, document: dict[str, Any], seeded: Seeded | None = None) -> None:
        """Puts the order there, unless it was `seeded` already."""
        self._real, self.document = real, document
        self.seeded = seeded or real.seed(document)[0]

    @property
    def order_id(self) -> str:
        return str(self.document["order_id"])

    def returns(self) -> list[dict[str, Any]]:
        """The negative sales of this order."""
        fields = ("state", "invoice_state", "shipment_state", "invoices", "web_id", "shipment_returns")
        return self._found("sale.sale", ["origin", "=", f"sale.sale,{self.seeded.sale}"], fields=fields)

    def credit_notes(self) -> list[dict[str, Any]]:
        """Drafts too."""
        numbers = [number for sale in self.returns() for number in sale["invoices"]]
        fields = (
            "number", "state", "untaxed_amount", "tax_amount", "total_amount", "amount_to_pay", "reference",
            "description", "invoice_date", "accounting_date", "move", "taxes.tax.name", "taxes.amount", "taxes.base",
        )  # fmt: skip
        return self._found("account.invoice", ["id", "in", numbers], fields=fields)

    def posted(self) -> list[dict[str, Any]]:
        return [note for note in self.credit_notes() if note["state"] in ("posted", "paid")]

    def invoice(self) -> dict[str, Any]:
        fields = ("number", "state", "amount_to_pay", "total_amount", "payment_lines", "party.receivable")
        return self._found("account.invoice", ["id", "=", self.seeded.invoice], fields=fields)[0]

    def stock(self, sku: str) -> dict[str, int]:
        """Pieces of an article in the places a return touches: input, storage, quarantine, scrap."""
        places = {row["code"]: row["id"] for row in self._found("stock.location", fields=("id", "code"))}
        found = {}
        for code in ("IN", "STO", "QUA", "SCR"):
            rows = self._found("product.product", ["code", "=", sku], fields=("quantity",), locations=[places[code]])
            found[code] = round(rows[0]["quantity"])
        return found

    def sums(self) -> dict[str, Decimal]:
        """What invoice and posted credit notes leave on each account together, in the invoice's currency."""
        moves = [note["move"] for note in self.posted()]
        moves += [
            row["move"] for row in self._found("account.invoice", ["id", "=", self.seeded.invoice], fields=("move",))
        ]
        fields = ("account.rec_name", "debit", "credit", "amount_second_currency", "second_currency")
        rows = self._found("account.move.line", ["move", "in", moves], fields=fields)
        # In a foreign currency Tryton converts line by line; what the cents of that leave stands alone, as a loss.
        foreign = any(row["second_currency"] for row in rows)
        found: dict[str, Decimal] = {}
        for row in rows:
            if foreign and not row["second_currency"]:
                continue
            amount = row["amount_second_currency"] if foreign else row["debit"] - row["credit"]
            found[row["account."]["rec_name"]] = found.get(row["account."]["rec_name"], Decimal(0)) + amount
        return found

    def _found(self, model: str, *domain: Any, fields: tuple[str, ...], **context: Any) -> list[dict[str, Any]]:
        with self._real.admin() as tryton:
            return tryton.find(model, *domain, fields=fields, **context)
