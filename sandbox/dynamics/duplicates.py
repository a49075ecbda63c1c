"""Duplicate detection, when a request asks for it: the platform's two standard rules about e-mail addresses."""

from __future__ import annotations

from sandbox.dynamics.errors import Fault
from sandbox.dynamics.schema import Row, Table

# "Accounts with the same e-mail address" and "Contacts with the same e-mail address", published in a new environment.
_RULES = {"account": "emailaddress1", "contact": "emailaddress1"}


def refuse_duplicate(table: Table, row: Row, others: list[Row]) -> None:
    """Raises when another active row has the same value, written in any case."""
    column = _RULES.get(table.name)
    mine = row.get(column) if column else None
    if column is None or not mine:
        return
    for other in others:
        same = str(other.get(column) or "").casefold() == str(mine).casefold()
        if same and other[table.id] != row[table.id] and other["statecode"] == 0:
            message = "A record was not created or updated because a duplicate of the current record already exists."
            raise Fault(412, "0x80040333", message)
