"""An environment that is not as it should be: columns missing or of another kind, options gone, keys still being built,
changes not tracked.

What is changed here holds everywhere: in metadata, in rows, in addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from sandbox.books import Books, Doc
from sandbox.dynamics.errors import bad_request
from sandbox.dynamics.schema import Column, Kind, Table

KIND = "dynamics.tailoring"
_COLUMN = {"remove", "kind", "length", "without_options", "navigation", "required"}
_KEY = {"remove", "status"}
_STATUSES = ("Pending", "InProgress", "Active", "Failed")


def change(books: Books, tables: Mapping[str, Table], wish: Any) -> list[Doc]:
    """{"table", "column", and "remove": true or any of "kind", "length", "without_options", "navigation"}; {"table",
    "key", and "remove": true or "status"}; or {"table", "tracked": false}. Raises 400 for another wish."""
    table = tables.get(str(wish.get("table"))) if isinstance(wish, dict) else None
    if table is None:
        raise bad_request(f"name the table to change; there are {', '.join(tables)}.")
    if "tracked" in wish:
        if wish.keys() != {"table", "tracked"} or not isinstance(wish["tracked"], bool):
            raise bad_request(f"say only whether changes of {table.name} are tracked, true or false.")
        books.put(KIND, _place(wish), dict(wish))
        return books.all(KIND)
    part = "key" if "key" in wish else "column"
    known = set(table.keys) if part == "key" else {each.name for each in table.columns}
    allowed = _KEY if part == "key" else _COLUMN
    changes = {name: value for name, value in wish.items() if name not in ("table", part)}
    if wish.get(part) not in known or not changes or not changes.keys() <= allowed:
        raise bad_request(f"say which {part} of {table.name}, and one of {', '.join(sorted(allowed))}.")
    if changes.get("kind", "string") not in get_args(Kind) or changes.get("status", "Active") not in _STATUSES:
        raise bad_request(f"a kind is one of {', '.join(get_args(Kind))}, a status one of {', '.join(_STATUSES)}.")
    books.put(KIND, _place(wish), dict(wish))
    return books.all(KIND)


def undo(books: Books) -> None:
    """Everything as it should be again."""
    for doc in books.all(KIND):
        books.delete(KIND, _place(doc))


def tailored(tables: Mapping[str, Table], docs: list[Doc]) -> dict[str, Table]:
    changed = dict(tables)
    for doc in docs:
        table = changed.get(doc["table"])
        if table is None:
            continue
        if "tracked" in doc:
            changed[table.name] = replace(table, tracked=doc["tracked"])
        elif "key" in doc:
            changed[table.name] = _with_key(table, doc)
        else:
            columns = (_column(each, doc) if each.name == doc["column"] else each for each in table.columns)
            changed[table.name] = replace(table, columns=tuple(each for each in columns if each is not None))
    return changed


def _place(doc: Doc) -> str:
    if "tracked" in doc:
        return f"{doc['table']}/tracked"
    return f"{doc['table']}/key/{doc['key']}" if "key" in doc else f"{doc['table']}/column/{doc['column']}"


def _column(column: Column, doc: Doc) -> Column | None:
    if doc.get("remove"):
        return None
    gone = doc.get("without_options", ())
    return replace(
        column,
        kind=doc.get("kind", column.kind),
        length=doc.get("length", column.length),
        navigation=doc.get("navigation", column.navigation),
        required=doc.get("required", column.required),
        options=tuple(option for option in column.options if option not in gone),
    )


def _with_key(table: Table, doc: Doc) -> Table:
    if doc.get("remove"):
        return replace(table, keys={name: parts for name, parts in table.keys.items() if name != doc["key"]})
    return replace(table, key_status={**table.key_status, doc["key"]: doc["status"]})
