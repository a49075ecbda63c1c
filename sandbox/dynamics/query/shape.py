"""A row as it is read: its ETag, its id, the columns asked for, annotations and expanded rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.dynamics.address import Address
from sandbox.dynamics.query.meaning import Get, holds, sortable
from sandbox.dynamics.query.options import Expansion, Options
from sandbox.dynamics.rows import Rows, etag
from sandbox.dynamics.schema import Row, Table
from sandbox.dynamics.tables.labels import labels

_FORMATTED = "OData.Community.Display.V1.FormattedValue"
_TARGET = "Microsoft.Dynamics.CRM.lookuplogicalname"
_PROPERTY = "Microsoft.Dynamics.CRM.associatednavigationproperty"


@dataclass(frozen=True, slots=True)
class Annotations:
    """What `odata.include-annotations` asks for: "*", or names by comma, each perhaps with a star at its end."""

    wish: str = ""

    def __contains__(self, name: str) -> bool:
        parts = [part.strip() for part in self.wish.split(",") if part.strip()]
        return any(name == part or (part.endswith("*") and name.startswith(part[:-1])) for part in parts)


def shape(rows: Rows, table: Table, row: Row, options: Options, notes: Annotations) -> Row:
    shown: Row = {"@odata.etag": etag(row), table.id: row[table.id]}
    for name, value in row.items():
        if name == table.id or name.endswith(".table") or (options.select and name not in options.select):
            continue
        shown[name] = value
        if notes.wish and value is not None:
            shown |= {
                f"{name}@{note}": text for note, text in notes_of(rows, table, row, name).items() if note in notes
            }
    for each in options.expand:
        shown[each.name] = _expanded(rows, table, row, each, notes)
    return shown


def getter(rows: Rows, table: Table, row: Row) -> Get:
    """Reads a column, or over one lookup a column of the row it leads to."""

    def get(path: str) -> Any:
        navigation, _, name = path.rpartition("/")
        if not navigation and name in row:
            return row[name]
        if not navigation:
            other = rows.catalogue.collected(table, name)
            members = [] if other is None else collected(rows, table, row, name)
            return [getter(rows, other, member) for member in members] if other is not None else None
        bound = table.bound_by(navigation)
        found = None if bound is None else _target(rows, row, bound[0].stored_as, bound[1])
        return None if found is None else found.get(name)

    return get


def collected(rows: Rows, table: Table, row: Row, navigation: str) -> list[Row]:
    """The rows in a collection of the row, by whichever relationship it is one."""
    relation, link = rows.catalogue.leading_back(table, navigation), rows.catalogue.link(table, navigation)
    if relation is not None:
        return rows.with_value(relation.table, relation.column.stored_as, [row[table.id]])
    other = rows.catalogue.collected(table, navigation)
    if link is None or other is None:
        return []
    return rows.with_value(other, other.id, [*rows.links.others(link, navigation, table.name, row[table.id])])


def chosen(rows: Rows, table: Table, among: list[Row], options: Options) -> list[Row]:
    """The rows that hold, in order; not yet cut."""
    wanted = options.condition
    found = [row for row in among if wanted is None or holds(wanted, getter(rows, table, row))]
    for name, descending in reversed(options.order):
        found.sort(key=lambda row: sortable(row.get(name)), reverse=descending)
    return found


def _expanded(rows: Rows, table: Table, row: Row, asked: Expansion, notes: Annotations) -> Any:
    if asked.lookup is not None:
        found = _target(rows, row, asked.lookup.column.stored_as, asked.table.name)
        return None if found is None else shape(rows, asked.table, found, asked.options, notes)
    among = collected(rows, table, row, asked.name)
    kept = chosen(rows, asked.table, among, asked.options)[: asked.options.top]
    return [shape(rows, asked.table, each, asked.options, notes) for each in kept]


def _target(rows: Rows, row: Row, stored_as: str, target: str) -> Row | None:
    """The row a lookup leads to, when it leads to that table and the row still exists."""
    table = rows.catalogue.find(target)
    if table is None or row.get(stored_as) is None or row.get(f"{stored_as}.table") != target:
        return None
    return rows.find(table, Address(table.entity_set, str(row[stored_as])))


def notes_of(rows: Rows, table: Table, row: Row, name: str) -> dict[str, Any]:
    """What annotations may say of one column of a row."""
    column = table.stored(name)
    if column is None:
        return {}
    if column.kind == "lookup":
        target = row.get(f"{name}.table")
        if target is None:
            return {}
        navigation = next((key for key, value in column.navigations().items() if value == target), column.name)
        notes = {_TARGET: target, _PROPERTY: navigation}
        found = _target(rows, row, name, str(target))
        other = rows.catalogue.find(str(target))
        if found is not None and other is not None and found.get(other.primary_name):
            notes[_FORMATTED] = found[other.primary_name]
        return notes
    if column.kind == "picklist":
        return {_FORMATTED: labels(table.name, column)[row[name]]}
    if column.kind == "boolean":
        return {_FORMATTED: "Yes" if row[name] else "No"}
    return {}
