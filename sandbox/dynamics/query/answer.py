"""A query answered from the rows, in the shape of the Web API."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.errors import bad_query, bad_request
from sandbox.dynamics.query.filters import Condition, Group, Opposite, Test, read
from sandbox.dynamics.rows import Rows, etag
from sandbox.dynamics.schema import Row, Table

_MOST_ROWS = 5000
_KNOWN = {"$select", "$filter", "$orderby", "$top", "$count", "$skiptoken", "tag"}


def answer(rows: Rows, table: Table, query: dict[str, str], base: str, page: int, annotated: bool) -> dict[str, Any]:
    """`base` is the address of the table, for the link to the next page; `page` the most rows of one answer."""
    unknown = sorted(set(query) - _KNOWN)
    if unknown:
        raise bad_query(f"The query option {unknown[0]} is not supported here.")
    condition = read(query["$filter"]) if query.get("$filter") else None
    found = [row for row in _candidates(rows, table, condition) if condition is None or holds(table, condition, row)]
    for part in reversed([part for part in query.get("$orderby", "").split(",") if part.strip()]):
        name, _, direction = part.strip().partition(" ")
        _known(table, name)
        found.sort(key=lambda row: _sortable(row.get(name)), reverse=direction.strip() == "desc")
    total = len(found)
    if query.get("$top"):
        found = found[: int(query["$top"])]
    start = int(query.get("$skiptoken") or 0)
    size = min(page, _MOST_ROWS)
    body: dict[str, Any] = {"@odata.context": f"{base.rpartition('/')[0]}/$metadata#{table.entity_set}"}
    if query.get("$count") == "true":
        body["@odata.count"] = min(total, _MOST_ROWS)
    wanted = query.get("$select", "")
    body["value"] = [shape(table, row, wanted, annotated=annotated) for row in found[start : start + size]]
    if start + size < len(found):
        options = [f"{name}={value}" for name, value in query.items() if name != "$skiptoken"]
        body["@odata.nextLink"] = f"{base}?{'&'.join([*options, f'$skiptoken={start + size}'])}"
    return body


def shape(table: Table, row: Row, wanted: str, *, annotated: bool) -> Row:
    """The row as it is read: its ETag, its id, the columns asked for; annotations name the table a lookup leads to."""
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    for name in names:
        if name != table.id:
            _known(table, name)
    shown: Row = {"@odata.etag": etag(row), table.id: row[table.id]}
    for name, value in row.items():
        if name.endswith(".table") or (names and name not in names):
            continue
        shown[name] = value
        if annotated and value and name.startswith("_") and f"{name}.table" in row:
            shown[f"{name}@Microsoft.Dynamics.CRM.lookuplogicalname"] = row[f"{name}.table"]
    return shown


def holds(table: Table, condition: Condition, row: Row) -> bool:
    if isinstance(condition, Group):
        verdicts = (holds(table, part, row) for part in condition.parts)
        return all(verdicts) if condition.every else any(verdicts)
    if isinstance(condition, Opposite):
        return not holds(table, condition.part, row)
    _known(table, condition.column)
    return _test(condition, row.get(condition.column))


def _candidates(rows: Rows, table: Table, condition: Condition | None) -> list[Row]:
    """The rows worth testing: equality with one value or a few is looked up instead of searched for."""
    parts: tuple[Condition | None, ...] = (condition,)
    if isinstance(condition, Group):
        parts = condition.parts if condition.every else (_one_of(condition),)
    for part in parts:
        if isinstance(part, Test) and part.operator in ("eq", "in") and table.stored(part.column) is not None:
            values = part.value if isinstance(part.value, list) else [part.value]
            if all(isinstance(value, str) for value in values):
                return rows.with_value(table, part.column, values)
    return rows.all(table)


def _one_of(either: Group) -> Test | None:
    """`a eq 1 or a eq 2` as one test; None for any other kind of alternative."""
    tests = [part for part in either.parts if isinstance(part, Test) and part.operator == "eq"]
    if len(tests) != len(either.parts) or len({test.column for test in tests}) != 1:
        return None
    return Test(tests[0].column, "in", [test.value for test in tests])


def _known(table: Table, name: str) -> None:
    if name != table.id and table.stored(name) is None:
        raise bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")


def _test(test: Test, have: Any) -> bool:
    wanted = test.value
    if test.operator == "in":
        return have in wanted
    if test.operator in ("contains", "startswith", "endswith"):
        left, right = str(have or "").casefold(), str(wanted).casefold()
        return {"contains": right in left, "startswith": left.startswith(right), "endswith": left.endswith(right)}[
            test.operator
        ]
    if test.operator in ("eq", "ne"):
        return bool(_folded(have) == _folded(wanted)) == (test.operator == "eq")
    if have is None or wanted is None:
        return False
    if isinstance(have, str) != isinstance(wanted, str):
        raise bad_query("A binary operator with incompatible types was detected.")
    return bool({"gt": have > wanted, "ge": have >= wanted, "lt": have < wanted, "le": have <= wanted}[test.operator])


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _sortable(value: Any) -> tuple[bool, Any]:
    """Empty values come first when ascending."""
    return (value is not None, _folded(value) if value is not None else 0)
