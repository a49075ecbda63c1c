"""The ERP's door: the posted invoice, the quote, the receipt, the credit memo. The ERP is the authority for the amount.

Every method raises Retryable, Permanent (ClosedPeriod) or UnknownOutcome (adapters.errors). Every write may be repeated
with the same ask: it finds what is there by external id, and answers as it did the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from domain.inventory import StockMove
from domain.invoice import Invoice
from domain.refund import CreditLine, ErpCredit, Payout


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
    """The credit agreed with the customer. `period` is 'original' or 'next_open' (finance's choice on a hold)."""

    key: str
    authorization: str
    invoice: Invoice
    lines: tuple[CreditLine, ...]
    period: str = "original"


@dataclass(frozen=True, slots=True)
class Settle:
    """What was paid and where the goods went, to be booked against the posted credit memo.

    `keep_open` leaves the memo open on the customer's account (B2B)."""

    key: str
    authorization: str
    memo: str
    payout: Payout
    moves: tuple[StockMove, ...]
    keep_open: bool = False


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
        """Post the credit memo under `key` against the original invoice, once; answers what was really posted."""
        ...

    async def settle(self, ask: Settle) -> None:
        """Book the payout against the memo and move the stock to where the verdict sends it."""
        ...

    async def cancel(self, ask: CancelAuthorization) -> None:
        """Reverse what was received, then close the authorization."""
        ...
