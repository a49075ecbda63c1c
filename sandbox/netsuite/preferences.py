"""The account's preferences and features that change what a return may do, switched at the control server."""

from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import invalid_content

_KIND, _KEY = "netsuite.preferences", "account"
_AT_FIRST: Doc = {
    "refund_in_advance": True,
    "advanced_receiving": True,
    "default_return_status": "A",
    "enforce_minimum_quantity": False,
    "inventory_status": True,
    "suite_tax": True,
}
"""Refund in Advance of Return, Advanced Receiving, Default Return Authorization Status (A or B), Enforce Minimum
Quantity on Return Authorizations, Inventory Status, and SuiteTax instead of legacy tax."""


def all_of(desk: Desk) -> Doc:
    return _AT_FIRST | (desk.books.get(_KIND, _KEY) or {})


def on(desk: Desk, name: str) -> bool:
    return bool(all_of(desk)[name])


def change(desk: Desk, wish: Doc) -> Doc:
    """Any of the preferences; what is not named stays. An empty wish changes nothing."""
    for name, value in wish.items():
        known = _AT_FIRST.get(name)
        right = value in ("A", "B") if name == "default_return_status" else isinstance(value, bool)
        if known is None or not right:
            raise invalid_content(f"{name} cannot be {value!r}; there are {', '.join(_AT_FIRST)}.", name)
    changed = all_of(desk) | wish
    desk.books.put(_KIND, _KEY, changed)
    return changed
