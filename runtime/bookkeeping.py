"""What finance may ask of the reversal ledger of an order: show it, compare it with the ERP's books, set it right."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.erp.port import ErpBooks
from domain.books import PostedCredit
from domain.ledger import LedgerPage, Shortage, shortages
from domain.rebuilding import Rebuilt, rebuild
from store.port import LedgerBooks, LedgerMoved

# A return that moves just then is seen the next time; one that moves every time says so itself.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """`invoice` and `credits` are what the ERP has; `written` is False for a comparison that changed nothing."""

    invoice: str
    credits: tuple[PostedCredit, ...]
    rebuilt: Rebuilt
    written: bool


class Bookkeeping:
    def __init__(self, erp: ErpBooks, ledger: LedgerBooks) -> None:
        self._erp, self._ledger = erp, ledger

    async def show(self, order_id: str) -> tuple[tuple[LedgerPage, tuple[Shortage, ...]], ...]:
        """The order's pages as they are kept, and where more is taken than was posted. The ERP is not asked."""
        return tuple((page, shortages(page)) for page in await self._ledger.of_order(order_id))

    async def rebuild(self, order_id: str, write: bool) -> Compared:
        """Raises Permanent when the ERP has no invoice for the order, LedgerMoved when the order never stands still."""
        for attempt in range(1, _ATTEMPTS + 1):
            invoice = await self._erp.invoice(order_id)
            # First the ledger, then the ERP's memos, then the ledger's locks: see LedgerBooks.rebuild.
            seen = await self._ledger.page(invoice)
            posted = await self._erp.credits(invoice)
            if not write:
                return Compared(invoice.number, posted, rebuild(seen, invoice, posted), written=False)
            try:
                rebuilt = await self._ledger.rebuild(seen, invoice, posted)
            except LedgerMoved:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return Compared(invoice.number, posted, rebuilt, written=True)
        raise AssertionError("the last attempt returns or raises")
