"""CreateMultiple, UpdateMultiple, UpsertMultiple: many rows of one table in one action, all or nothing."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.address import Address, parse, relative
from sandbox.dynamics.errors import bad_request, invalid_argument
from sandbox.dynamics.reply import Reply
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row, Table

_PREFIX = "Microsoft.Dynamics.CRM."
ACTIONS = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")
_MOST = 1000


def name_of(step: str) -> str | None:
    """The action a path segment names, with or without the namespace."""
    short = step.removeprefix(_PREFIX)
    return short if short in ACTIONS else None


def answer(rows: Rows, table: Table, action: str, body: Any) -> Reply:
    """The caller runs this in one transaction and leaves it when a Fault comes out: nothing of it stays."""
    targets = body.get("Targets") if isinstance(body, dict) else None
    if not isinstance(targets, list) or not 0 < len(targets) <= _MOST:
        raise invalid_argument(f"Targets must hold between 1 and {_MOST} rows.")
    for target in targets:
        if target.get("@odata.type", f"{_PREFIX}{table.name}").removeprefix("#") != f"{_PREFIX}{table.name}":
            raise bad_request(f"every row must be of type {_PREFIX}{table.name}")
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
    if target.get(table.id):
        return Address(table.entity_set, guid=str(target[table.id]))
    raise invalid_argument("every row needs its id or @odata.id with an alternate key")


def _changes(table: Table, target: Row) -> Row:
    return {name: value for name, value in target.items() if name != table.id}
