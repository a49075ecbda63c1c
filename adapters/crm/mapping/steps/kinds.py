"""What a field of a CRM must be, to hold what a mapping puts there."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    TEXT = "text"
    EMAIL = "email"
    NUMBER = "number"
    AMOUNT = "amount"
    """Money as a JSON number, with decimals."""
    DATE = "date"
    """A calendar day without a clock."""
    MOMENT = "moment"
    FLAG = "flag"
    CHOICE = "choice"
    """One of a picklist's values."""
    LINK = "link"
    """The id of another record."""
