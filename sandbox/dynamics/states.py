"""State and status reason of a row: which pairs exist, and which move needs its own message."""

from __future__ import annotations

from sandbox.dynamics.errors import Fault, invalid_argument
from sandbox.dynamics.schema import Row, Table

_RESOLVED = 1


def begin(table: Table, row: Row, changes: Row) -> None:
    """A new row is active unless it says otherwise; its status reason must belong to its state."""
    row["statecode"] = next(iter(table.states))
    row["statuscode"] = table.states[row["statecode"]][0]
    move(table, row, changes)


def move(table: Table, row: Row, changes: Row, *, closing: bool = False) -> None:
    """Complete and check: a state without reason takes its default, a reason without state keeps the state."""
    if "statecode" not in changes and "statuscode" not in changes:
        return
    state = int(changes["statecode"] if "statecode" in changes else row["statecode"])
    if state not in table.states:
        message = f"A validation error occurred. The value {state} of 'statecode' on record of type '{table.name}'"
        raise Fault(400, "0x80044330", f"{message} is outside the valid range.")
    keeps = state == row["statecode"] and "statuscode" not in changes
    reason = row["statuscode"] if keeps else changes.get("statuscode", table.states[state][0])
    if reason not in table.states[state]:
        raise Fault(400, "0x80048408", f"{reason} is not a valid status code for state code {state} on {table.name}.")
    if table.name == "incident" and state == _RESOLVED and row["statecode"] != _RESOLVED and not closing:
        raise invalid_argument(
            "This message can not be used to set the state of incident to Resolved. In order to set state of incident"
            " to Resolved, use the CloseIncidentRequest message instead."
        )
    changes["statecode"], changes["statuscode"] = state, reason
