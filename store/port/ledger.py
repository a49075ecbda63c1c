"""The reversal ledger: for returns that reserve and post, and as pages for people who compare it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from domain.basis import Basis
from domain.books import PostedCredit
from domain.errors import Refusal
from domain.invoice import Invoice
from domain.ledger import LedgerPage
from domain.rebuilding import Rebuilt
from domain.reckoning import Asked
from domain.refund import CreditLine, Difference, PolicyNote


@dataclass(frozen=True, slots=True)
class Reserved:
    """What was worked out and is reserved. `leans`: a part of it is due only if what other open returns have reserved
    is credited too."""

    lines: tuple[CreditLine, ...]
    notes: tuple[PolicyNote, ...] = ()
    leans: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """The ledger of one invoice line and component ('net' or 'tax <code>'), in minor units."""

    line_id: str
    component: str
    posted: int
    reserved: int
    reversed: int

    @property
    def remaining(self) -> int:
        return self.posted - self.reserved - self.reversed


class Ledger(Protocol):
    async def reserve(
        self, return_id: str, invoice: Invoice, asks: tuple[Asked, ...], basis: Basis, on_certain: bool = False
    ) -> Reserved:
        """Reserve the asked units under row locks and answer the exact credit (domain.reckoning): goods, shipping, and
        what the policies take off or give back.

        Replaces this return's former reservation (a revised quote). What other returns only have reserved counts as
        back; `on_certain` it does not count for shipping and corrections, so that the answer leans on nobody. Raises
        NotRemaining when another return was first, WrongStage when this return already posted its credit."""
        ...

    async def begin_posting(self, return_id: str) -> bool:
        """From here on the return is not withdrawn any more: what it has reserved is certain for all others.

        False, and nothing changed, when its reservation leans on returns that may still be withdrawn, or when one of
        them changed what is due: `reserve` again, `on_certain`. Raises WrongStage when nothing is reserved."""
        ...

    async def release(self, return_id: str) -> None:
        """Give the reservation back (withdrawn, expired, refused). Nothing to give back is fine."""
        ...

    async def reprice(self, return_id: str, lines: tuple[CreditLine, ...]) -> tuple[Difference, ...]:
        """Hold what the ERP quotes, where that is not what `reserve` worked out: it is what the customer is promised.

        Answers where it is more than the invoice has left; a person must look before anybody is shown such a number.
        Raises WrongStage when nothing is reserved."""
        ...

    async def reverse(self, return_id: str, posted: tuple[CreditLine, ...]) -> None:
        """The credit memo posted: its amounts as posted are reversed for good, whatever was reserved.

        A repeat changes nothing. Raises WrongStage when nothing was reserved: a memo that nobody had promised."""
        ...

    async def lines(self, invoice_id: str) -> tuple[LedgerLine, ...]: ...


class LedgerMoved(Refusal):
    """What the ledger holds changed between reading and writing; nothing was written, the same may be tried again."""

    code = "ledger_moved"


class LedgerBooks(Protocol):
    """The ledger as whole pages, one per invoice, for people who compare it with the ERP's books."""

    async def of_order(self, order_id: str) -> tuple[LedgerPage, ...]:
        """What is held of the order's invoices; none for an order of which nothing was ever returned."""
        ...

    async def page(self, invoice: Invoice) -> LedgerPage:
        """What is held of the invoice; an empty page when nothing ever was."""
        ...

    async def rebuild(self, seen: LedgerPage, invoice: Invoice, posted: tuple[PostedCredit, ...]) -> Rebuilt:
        """Write the page as it follows from the ERP's documents (domain.rebuilding), under the locks of `reserve`.

        `seen` is the page as it was before the ERP was asked. Raises LedgerMoved when its entries changed since: a memo
        that was posted in between would be taken for one that is not there."""
        ...
