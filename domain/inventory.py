"""Staged stock: where returned units are, and where a verdict lets them go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """The verdict's word on where a unit goes."""

    RESTOCK = "restock"
    REFURBISH = "refurbish"
    QUARANTINE = "quarantine"
    SCRAP = "scrap"
    SEND_BACK = "send_back"
    MISSING = "missing"
    WRONG_ITEM = "wrong_item"
    KEPT = "kept"


class StockState(StrEnum):
    """Where a unit stands. Only AVAILABLE is sellable; only a verdict leads there."""

    PENDING_INSPECTION = "pending_inspection"
    AVAILABLE = "available"
    QUARANTINED = "quarantined"
    SCRAPPED = "scrapped"
    SENT_BACK = "sent_back"


# Refurbished goods are not sellable as new: they wait in quarantine for the workshop.
_GOES_TO = {
    Disposition.RESTOCK: StockState.AVAILABLE,
    Disposition.REFURBISH: StockState.QUARANTINED,
    Disposition.QUARANTINE: StockState.QUARANTINED,
    Disposition.SCRAP: StockState.SCRAPPED,
    Disposition.SEND_BACK: StockState.SENT_BACK,
    Disposition.WRONG_ITEM: StockState.SENT_BACK,
}


def goes_to(disposition: Disposition) -> StockState | None:
    """The stock state a disposition leads to; None for a unit that never came: missing, or kept by the customer."""
    return _GOES_TO.get(disposition)


@dataclass(frozen=True, slots=True)
class StockMove:
    """`quantity` units of one order line out of pending inspection into `to`."""

    line_id: str
    sku: str
    quantity: int
    to: StockState
