"""An order in a real Tryton and its returns, each walked along the door step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.erp.port import CreditAsk, QuoteAsk, ReceiveGoods, Settle
from adapters.erp.tryton import Tryton
from domain.inventory import StockMove, StockState
from domain.invoice import SHIPPING_LINE, Invoice
from domain.money import zero
from domain.refund import AccountCredit, CreditLine, ErpCredit, Payout, TenderPayout
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE
from tests.stack.tryton import RealTryton
from tests.tryton.books import OrderBooks


@dataclass
class Case:
    """`taken` is what the returns before this one already have of each line."""

    erp: Tryton
    books: OrderBooks
    invoice: Invoice
    taken: dict[str, Taken] = field(default_factory=dict)
    returns: int = 0

    @classmethod
    async def of(cls, real: RealTryton, erp: Tryton, document: dict[str, Any]) -> Case:
        books = OrderBooks(real, document)
        return cls(erp, books, await erp.invoice(books.order_id))

    def lines(self, *units: tuple[str, int], value: int = FULL_VALUE) -> tuple[CreditLine, ...]:
        """The exact reversal of these units, on top of what was taken; remembered as taken."""
        made = []
        for line_id, quantity in units:
            posted = self.invoice.line(line_id)
            assert posted is not None
            before = self.taken.get(line_id, Taken())
            credit = reverse(posted, before, quantity, quantity * value)
            taxes = {code: before.taxes.get(code, 0) + tax for code, tax in credit.taxes.items()}
            self.taken[line_id] = Taken(
                before.quantity + quantity, before.value + quantity * value, before.net + credit.net, taxes
            )
            made.append(credit)
        return tuple(made)

    def begin(self, *lines: CreditLine) -> Return:
        self.returns += 1
        return Return(self, f"R-{self.books.order_id}-{self.returns}", lines)


@dataclass
class Return:
    case: Case
    return_id: str
    lines: tuple[CreditLine, ...]
    quote: ErpCredit | None = None

    @property
    def erp(self) -> Tryton:
        return self.case.erp

    @property
    def authorization(self) -> str:
        assert self.quote is not None
        return self.quote.document

    @property
    def goods(self) -> tuple[tuple[str, int], ...]:
        known = {line.line_id for line in self.case.invoice.lines} - {SHIPPING_LINE}
        return tuple((line.line_id, line.quantity) for line in self.lines if line.quantity and line.line_id in known)

    @property
    def ask(self) -> QuoteAsk:
        return QuoteAsk(self.return_id, f"rma:{self.return_id}", self.case.invoice, self.lines)

    async def quoted(self) -> ErpCredit:
        self.quote = await self.erp.quote(self.ask)
        return self.quote

    async def authorized(self) -> None:
        await self.quoted()
        await self.erp.authorize(self.authorization)

    @property
    def receipt(self) -> ReceiveGoods:
        return ReceiveGoods(f"receipt:{self.return_id}:1", self.authorization, self.goods)

    def credit(self, **more: Any) -> CreditAsk:
        return CreditAsk(f"credit:{self.return_id}", self.authorization, self.case.invoice, self.lines, **more)

    async def credited(self) -> ErpCredit:
        """Quoted, authorized, and posted without the goods."""
        await self.authorized()
        return await self.erp.post_credit(self.credit())

    def settlement(
        self, memo: ErpCredit, to: StockState = StockState.AVAILABLE, on_account: AccountCredit | None = None
    ) -> Settle:
        """Paid by card; or with `on_account`, left to the account as it says."""
        nothing = zero(memo.total.currency)
        tenders = () if on_account else (TenderPayout("t-1", "card", memo.total),)
        paid = Payout("refund-1", tenders, memo.total if on_account else nothing, datetime(2026, 11, 21, tzinfo=UTC))
        moves = tuple(StockMove(line_id, "", quantity, to) for line_id, quantity in self.goods)
        account, invoice = on_account or AccountCredit.KEEP_OPEN, self.case.invoice.invoice_id
        return Settle(f"payout:{self.return_id}", self.authorization, memo.document, paid, moves, account, invoice)

    async def whole(self, to: StockState = StockState.AVAILABLE) -> ErpCredit:
        """From the quote to the end."""
        await self.authorized()
        if self.goods:
            await self.erp.receive(self.receipt)
        memo = await self.erp.post_credit(self.credit())
        await self.erp.settle(self.settlement(memo, to))
        return memo
