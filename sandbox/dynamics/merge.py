"""Merge: two rows become one; the subordinate is kept, inactive, with the way to its master."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.address import Address, as_guid
from sandbox.dynamics.errors import invalid_argument
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row, Table

_TABLES = ("account", "contact", "incident")
# What a subordinate becomes: state, status reason.
_ENDS = {"incident": (2, 2000)}
_PREFIX = "Microsoft.Dynamics.CRM."


def merge(rows: Rows, body: Row) -> None:
    """Children of the subordinate follow to the target, which takes over UpdateContent."""
    table, target = _party(rows, body.get("Target"), "Target")
    other, subordinate = _party(rows, body.get("Subordinate"), "Subordinate")
    if other.name != table.name:
        raise invalid_argument("Target and Subordinate must be rows of one table.")
    if target[table.id] == subordinate[table.id]:
        raise invalid_argument("A record cannot be merged with itself.")
    for name, row in (("Target", target), ("Subordinate", subordinate)):
        if row["statecode"] != 0:
            raise invalid_argument(f"{name}: an inactive record cannot be merged.")
    content = {name: value for name, value in (body.get("UpdateContent") or {}).items() if name != table.id}
    if content:
        target = rows.update(table, target, content)
    for relation in rows.catalogue.relations():
        column = relation.column.stored_as
        if relation.target.name != table.name or relation.column.name == "masterid":
            continue
        for child in rows.with_value(relation.table, column, [subordinate[table.id]]):
            if child.get(f"{column}.table") == table.name and child is not subordinate:
                rows.put_read_only(relation.table, child, {column: target[table.id]})
    state, reason = _ENDS.get(table.name, (1, 2))
    end: Row = {"statecode": state, "statuscode": reason, "merged": True}
    end |= {"_masterid_value": target[table.id], "_masterid_value.table": table.name}
    rows.put_read_only(table, rows.get(table, Address(table.entity_set, subordinate[table.id])), end)
    rows.merged(table, rows.get(table, Address(table.entity_set, target[table.id])))


def _party(rows: Rows, given: Any, name: str) -> tuple[Table, Row]:
    """A row as action parameters name it: its type and its id."""
    if not isinstance(given, dict):
        raise invalid_argument(f"Required field '{name}' is missing.")
    kind = str(given.get("@odata.type", "")).removeprefix("#").removeprefix(_PREFIX)
    table = rows.catalogue.find(kind)
    if table is None or table.name not in _TABLES:
        raise invalid_argument(f"{name}: rows of '{kind}' cannot be merged; @odata.type must name one of {_TABLES}.")
    guid = as_guid(str(given.get(table.id)))
    if not guid:
        raise invalid_argument(f"{name}: {table.id} is missing.")
    return table, rows.get(table, Address(table.entity_set, guid))
