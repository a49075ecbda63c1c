"""The ERP's door: the posted invoice, the quote, the receipt, the credit memo. The ERP is the authority for the amount.

Every method raises Retryable, Permanent (ClosedPeriod) or UnknownOutcome (adapters.errors). Every write may be repeated
with the same ask: it finds what is there by external id, and answers as it did the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.books import PostedCredit
from domain.inventory import StockMove
from domain.invoice import Invoice
from domain.refund import AccountCredit, CreditLine, ErpCredit, Payout


@dataclass(frozen=True, slots=True)
class QuoteAsk:
    """A reversal worked out from the posted invoice, for the ERP to quote as a pending, non-posting authorization."""

    return_id: str
    key: str
    invoice: Invoice
    lines: tuple[CreditLine, ...]


@dataclass(frozen=True, slots=True)
class ReceiveGoods:
    """(line_id, quantity) of one warehouse receipt against the authorization, into pending-inspection stock."""

    key: str
    authorization: str
    goods: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CreditAsk:
    """The credit agreed with the customer. `period` is 'original', that of the day it is posted, or 'next_open': the
    first is closed, and policy or finance chose.

    `tax_point` is the day the credit was first to be posted. It stays the tax point of a memo that is posted into
    another period, on another day; None, and with 'original': the day it is posted. The memo's exchange rate is the one
    the invoice was posted at (`invoice.base`)."""

    key: str
    authorization: str
    invoice: Invoice
    lines: tuple[CreditLine, ...]
    period: str = "original"
    tax_point: date | None = None


@dataclass(frozen=True, slots=True)
class Settle:
    """What was paid and where the goods went, to be booked against the posted credit memo.

    The sum of `payout.tenders` is booked as refunded. `payout.on_account` is the part of the memo that no tender took
    (B2B: all of it), and `account` says what becomes of it: 'keep_open' leaves it open on the customer's account;
    'apply' takes it off what the original `invoice` (its id) still has open, and leaves open what is more than that
    (all of it, when the invoice is paid); 'refund' books it as refunded too, for finance pays it by its own means. A
    payout with nothing on account asks nothing of `account`."""

    key: str
    authorization: str
    memo: str
    payout: Payout
    moves: tuple[StockMove, ...]
    account: AccountCredit = AccountCredit.KEEP_OPEN
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class CancelAuthorization:
    """Withdraw the authorization. `receipts` are keys of receipts to reverse first (goods go back to the customer)."""

    authorization: str
    receipts: tuple[str, ...] = ()


class Erp(Protocol):
    async def invoice(self, order_id: str) -> Invoice:
        """The posted invoice of a storefront order. Permanent when there is none (not invoiced yet, unknown order)."""
        ...

    async def quote(self, ask: QuoteAsk) -> ErpCredit:
        """A pending, non-posting authorization under `key`, and what the ERP says it is worth, line by line."""
        ...

    async def authorize(self, authorization: str) -> None:
        """Approve the pending authorization: goods may come."""
        ...

    async def receive(self, ask: ReceiveGoods) -> str:
        """Book an item receipt under `key` into pending-inspection stock; answers its document id."""
        ...

    async def preview_credit(self, ask: CreditAsk) -> ErpCredit:
        """What the credit memo would be, computed by the ERP, nothing saved; `document` is empty.

        When the memo under `key` is already posted (a repeat), what was posted is answered instead."""
        ...

    async def post_credit(self, ask: CreditAsk) -> ErpCredit:
        """Post the credit memo under `key` against the original invoice, once; answers what was really posted.

        The authorization must be approved; goods need not have come: a customer who keeps the item is credited too."""
        ...

    async def settle(self, ask: Settle) -> None:
        """Book the payout against the memo (see Settle.account) and move the stock to where the verdict sends it."""
        ...

    async def cancel(self, ask: CancelAuthorization) -> None:
        """Reverse what was received, then close the authorization."""
        ...


class ErpBooks(Protocol):
    """What was posted, for whoever compares. It only reads."""

    async def invoice(self, order_id: str) -> Invoice:
        """As Erp.invoice."""
        ...

    async def credits(self, invoice: Invoice) -> tuple[PostedCredit, ...]:
        """Every credit memo posted against the invoice, oldest first: those of our returns, and those others made in
        the ERP itself, from the invoice or from an authorization of it. Voided ones are left out; so are those merely
        applied to the invoice, which credit none of its lines.

        Permanent for a memo in another currency than the invoice's."""
        ...
