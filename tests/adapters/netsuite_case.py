"""One return walked along the ERP's door on NetSuite, step by step, and what the account's books say of it."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from adapters.erp.netsuite import Certificate, NetSuiteSettings
from adapters.erp.port import CreditAsk, Erp, QuoteAsk, ReceiveGoods, Settle
from domain.inventory import StockMove, StockState
from domain.invoice import Invoice
from domain.money import Money
from domain.refund import CreditLine, ErpCredit, Payout, TenderPayout
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

NUMBERS = itertools.count(30_000)


def settings(sandbox: Sandbox, **changes: Any) -> NetSuiteSettings:
    known = sandbox.credentials["netsuite"]
    login = Certificate(known["client_id"], known["certificate_id"], known["private_key_pem"])
    return replace(NetSuiteSettings(known["account"], sandbox.url("netsuite"), login, str(sandbox.ca_file)), **changes)


class Case:
    """One order and the return of `units` of its first line, walked along the door step by step."""

    def __init__(self, sandbox: Sandbox, erp: Erp, *lines: dict[str, Any], units: int = 1, **more: Any) -> None:
        self.number = next(NUMBERS)
        self.sandbox, self.erp, self.units = sandbox, erp, units
        self.order = order(self.number, *lines, **more)
        sandbox.seed(self.order)
        self.return_id = f"R-{self.number}"
        self.sku = self.order["lines"][0]["sku"]
        self.line_id = str(self.order["lines"][0]["line_id"])

    async def quoted(self) -> ErpCredit:
        self.invoice = await self.erp.invoice(str(self.number))
        self.lines = (credit(self.invoice, self.line_id, self.units),)
        self.ask = QuoteAsk(self.return_id, f"rma:{self.return_id}", self.invoice, self.lines)
        self.quote = await self.erp.quote(self.ask)
        return self.quote

    async def received(self) -> None:
        await self.quoted()
        await self.erp.authorize(self.quote.document)
        await self.erp.receive(self.goods)

    @property
    def goods(self) -> ReceiveGoods:
        return ReceiveGoods(f"receipt:{self.return_id}:1", self.quote.document, ((self.line_id, self.units),))

    @property
    def credit(self) -> CreditAsk:
        return CreditAsk(f"credit:{self.return_id}", self.quote.document, self.invoice, self.lines)

    def settlement(self, memo: ErpCredit, to: StockState = StockState.AVAILABLE, **more: Any) -> Settle:
        tenders = (TenderPayout("t-1", "card", memo.total),)
        paid = Payout("shop-refund-1", tenders, Money(0, memo.total.currency), datetime(2026, 11, 21, tzinfo=UTC))
        moves = (StockMove(self.line_id, self.sku, self.units, to),)
        return Settle(f"payout:{self.return_id}", self.quote.document, memo.document, paid, moves, **more)

    def booked(self, kind: str) -> list[dict[str, Any]]:
        """This order's documents of a type, as the account's own books show them."""
        documents = self.sandbox.books("netsuite")["documents"][kind]
        return [doc for doc in documents if doc["order"] == str(self.number)]

    def stock(self) -> dict[str, int]:
        rows = self.sandbox.books("netsuite")["stock"]
        return {row["status"]: row["quantity"] for row in rows if row["sku"] == self.sku}


def credit(invoice: Invoice, line_id: str, units: int, taken: Taken | None = None) -> CreditLine:
    posted = invoice.line(line_id)
    assert posted is not None
    return reverse(posted, taken or Taken(), units, units * FULL_VALUE)
