"""A query answered from the rows, in the shape of the Web API."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.query import pages
from sandbox.dynamics.query.filters import Condition, Group, Test
from sandbox.dynamics.query.options import Options, options
from sandbox.dynamics.query.shape import Annotations, chosen, shape
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row, Table

MOST_ROWS = 5000


def answer(
    rows: Rows,
    table: Table,
    given: dict[str, str],
    base: str,
    page: int,
    notes: Annotations,
    among: list[Row] | None = None,
) -> dict[str, Any]:
    """`base` is the address of the table, `page` the most rows of one answer; `among` narrows the rows in question."""
    asked = options(rows.catalogue, table, given)
    found = _found(rows, table, asked, among)
    body: dict[str, Any] = {"@odata.context": context(base, table, asked)}
    if asked.count:
        body["@odata.count"] = min(len(found), MOST_ROWS)
        if "Microsoft.Dynamics.CRM.totalrecordcount" in notes:
            body["@Microsoft.Dynamics.CRM.totalrecordcount"] = min(len(found), MOST_ROWS)
            body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] = len(found) > MOST_ROWS
    place = pages.read(given.get("$skiptoken"))
    # With $top the wish for a page size is not heard.
    size = min(page, MOST_ROWS) if asked.top is None else MOST_ROWS
    found = found[: asked.top]
    start = place.start(found, table.id)
    shown = found[start : start + size]
    body["value"] = [shape(rows, table, row, asked, notes) for row in shown]
    if start + size < len(found):
        after = pages.Place(place.number + 1, start + size, shown[-1][table.id])
        body["@odata.nextLink"] = pages.link(base, given, skiptoken=pages.written(after, table.id, tracking=False))
    return body


def count(rows: Rows, table: Table, given: dict[str, str], among: list[Row] | None = None) -> int:
    return min(len(_found(rows, table, options(rows.catalogue, table, given), among)), MOST_ROWS)


def context(base: str, table: Table, asked: Options, suffix: str = "") -> str:
    """The address of the metadata that describes the answer, with the columns that were asked for."""
    parts = [*asked.select, *(f"{each.name}({','.join(each.options.select)})" for each in asked.expand)]
    inside = f"({','.join(parts)})" if parts else ""
    return f"{base.rpartition('/')[0]}/$metadata#{table.entity_set}{inside}{suffix}"


def _found(rows: Rows, table: Table, asked: Options, among: list[Row] | None) -> list[Row]:
    return chosen(rows, table, _candidates(rows, table, asked.condition) if among is None else among, asked)


def _candidates(rows: Rows, table: Table, condition: Condition | None) -> list[Row]:
    """The rows worth testing: keys and lookups are looked up instead of searched for."""
    parts: tuple[Condition | None, ...] = (condition,)
    if isinstance(condition, Group):
        parts = condition.parts if condition.every else (_one_of(condition),)
    for part in parts:
        if isinstance(part, Test) and part.operator in ("eq", "in") and _indexed(table, part.column):
            values = [value.value for value in part.values if value.kind in ("text", "guid")]
            if len(values) == len(part.values):
                return rows.with_value(table, part.column, values)
    return rows.all(table)


def _indexed(table: Table, name: str) -> bool:
    """A text that is an alternate key is found in the case it was written in; other texts in any."""
    column = table.stored(name)
    if column is None:
        return name == table.id
    return column.kind == "lookup" or any(columns == (name,) for columns in table.keys.values())


def _one_of(either: Group) -> Test | None:
    """`a eq 1 or a eq 2` as one test; None for any other kind of alternative."""
    tests = [part for part in either.parts if isinstance(part, Test) and part.operator == "eq"]
    if len(tests) != len(either.parts) or len({test.column for test in tests}) != 1:
        return None
    return Test(tests[0].column, "in", tuple(test.values[0] for test in tests))
