"""What the ERP's own books hold against an invoice: every credit memo posted, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain import ids
from domain.money import Money
from domain.refund import CreditLine


@dataclass(frozen=True, slots=True)
class PostedCredit:
    """One credit memo as posted. `key` is its external id, empty for one made by hand.

    Amounts are positive and in the invoice's currency, every line is there once. It is named as on the invoice where
    the memo tells which one it credits; else its id is the ERP's own, and not on the invoice. `open` is what is neither
    applied nor refunded yet.
    """

    document: str
    number: str
    key: str
    posted_on: date
    total: Money
    open: Money
    lines: tuple[CreditLine, ...]

    @property
    def holder(self) -> str:
        """Whose entry it is in the ledger: our return's, or the document's own ('erp:1017') when it is none of ours."""
        return ids.return_of_credit(self.key) or ids.foreign_credit(self.document)
