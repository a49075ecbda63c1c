"""CreateMultiple, UpdateMultiple, UpsertMultiple: many rows of one table in one action, all or nothing.

DeleteMultiple exists for elastic tables only; none of the tables here is one.
"""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.address import Address, as_guid, parse, relative
from sandbox.dynamics.errors import Fault, bad_request, invalid_argument
from sandbox.dynamics.reply import Reply
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row, Table

_PREFIX = "Microsoft.Dynamics.CRM."
ACTIONS = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
_ELASTIC = "DeleteMultiple"
_MOST = 1000


def name_of(step: str) -> str | None:
    """The action a path segment names, with or without the namespace."""
    short = step.removeprefix(_PREFIX)
    return short if short in (*ACTIONS, _ELASTIC) else None


def answer(rows: Rows, table: Table, action: str, body: Any) -> Reply:
    """The caller runs this in one transaction and leaves it when a Fault comes out: nothing of it stays."""
    if action == _ELASTIC:
        raise Fault(400, "0x80040800", f"The '{_ELASTIC}' method does not support entities of type '{table.name}'.")
    targets = body.get("Targets") if isinstance(body, dict) else None
    if not isinstance(targets, list) or not 0 < len(targets) <= _MOST:
        raise invalid_argument(f"Targets must hold between 1 and {_MOST} rows.")
    for target in targets:
        if not isinstance(target, dict) or str(target.get("@odata.type")).removeprefix("#") != f"{_PREFIX}{table.name}":
            raise bad_request(f"Every row in Targets must say that it is one: @odata.type {_PREFIX}{table.name}.")
    if action == "CreateMultiple":
        return Reply(200, {"Ids": [rows.create(table, target)[table.id] for target in targets]})
    for target in targets:
        address, changes = _address(table, target), _changes(table, target)
        if action == "UpdateMultiple":
            rows.update(table, rows.get(table, address), changes)
            continue
        repeated = [name for name in address.key if name in changes]
        if repeated and rows.find(table, address) is None:
            raise bad_request(f"An alternate key column ({repeated[0]}) must not be repeated in the body of a new row.")
        rows.upsert(table, address, changes)
    return Reply(204)


def _address(table: Table, target: Row) -> Address:
    if target.get("@odata.id"):
        address = parse(relative(str(target["@odata.id"])))
        if address.entity_set != table.entity_set:
            raise bad_request(f"{target['@odata.id']} is not a row of {table.entity_set}")
        return address
    guid = as_guid(str(target.get(table.id)))
    if guid:
        return Address(table.entity_set, guid=guid)
    raise invalid_argument("every row needs its id or @odata.id with an alternate key")


def _changes(table: Table, target: Row) -> Row:
    return {name: value for name, value in target.items() if name != table.id}
