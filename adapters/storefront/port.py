"""The storefront's door: the order, the shop's own return, pending-inspection stock, the money that moves.

Every method raises Retryable, Permanent or UnknownOutcome (adapters.errors). Every write may be repeated with the same
ask: it looks first, by the return's marker or key, and answers as it did the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from domain.inventory import StockMove
from domain.money import Money
from domain.order import Contact, Order, Tender
from domain.refund import Payout, TenderPayout


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """Units of an order line that are to come back. `reason` is one of domain.returns.Reason's values."""

    line_id: str
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class OpenReturn:
    """`requested` is the shop's own return id when the customer began it there; then it is approved, not created."""

    return_id: str
    order_id: str
    lines: tuple[ReturnLine, ...]
    requested: str | None = None


@dataclass(frozen=True, slots=True)
class StorefrontReturn:
    """The shop's return: its id (a GID for Shopify) and its human name ('#1001-R1')."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class RequestedReturn:
    """A return the customer began in the storefront itself."""

    reference: str
    order_id: str
    lines: tuple[ReturnLine, ...]


@dataclass(frozen=True, slots=True)
class StageGoods:
    """Goods of one receipt, (sku, quantity) each, that enter pending inspection under `key`."""

    return_id: str
    key: str
    goods: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PayOut:
    """Pay `tenders` (none for B2B on account or a credit of zero) and mark `accepted` (line_id, quantity) processed.

    `seen` are the order's payments on which `tenders` was planned; empty when that is of no account. A tender of kind
    store_credit is paid as store credit of the customer's, every other back to its own transaction."""

    return_id: str
    key: str
    order_id: str
    reference: str
    accepted: tuple[tuple[str, int], ...]
    tenders: tuple[TenderPayout, ...]
    on_account: Money
    seen: tuple[Tender, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseGoods:
    """Stock moves out of pending inspection under `key`."""

    return_id: str
    key: str
    moves: tuple[StockMove, ...]


class Storefront(Protocol):
    async def order(self, order_id: str) -> tuple[Order, Contact]:
        """The order with what is fulfilled, returnable, captured and refunded now. NoSuchRecord when it is unknown."""
        ...

    async def requested_return(self, reference: str) -> RequestedReturn:
        """What the customer asked for in the shop itself."""
        ...

    async def open_return(self, ask: OpenReturn) -> StorefrontReturn:
        """Create and open (or approve) the shop's return, marked with our return id."""
        ...

    async def stage_goods(self, ask: StageGoods) -> None:
        """Book arrived goods as pending inspection: on hand, never sellable. Keyed."""
        ...

    async def pay_out(self, ask: PayOut) -> Payout:
        """Process the accepted units and refund per tender, once. Answers what really moved, read back.

        Raises TendersChanged, having paid nothing, when the order's payments are no longer what the plan was made on:
        others refund too."""
        ...

    async def release_goods(self, ask: ReleaseGoods) -> None:
        """Release, quarantine, scrap or send back: the only way out of pending inspection. Keyed."""
        ...

    async def close_return(self, reference: str) -> None:
        """Close the shop's return; what was never accepted is taken off it first."""
        ...

    async def cancel_return(self, reference: str) -> None:
        """Cancel the shop's unprocessed return."""
        ...
