"""A plan carried out over the rows: join, filter, group, order, cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.dynamics.errors import Fault
from sandbox.dynamics.query.meaning import holds, sortable
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Row
from sandbox.dynamics.select.plan import Join, Output, Plan

_MOST_AGGREGATED = 50_000


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the result: its values by the outputs' names, and the rows it was made of when it was not grouped."""

    values: dict[str, Any]
    sources: dict[str, Row | None] = field(default_factory=dict)


def run(rows: Rows, plan: Plan, among: list[Row] | None = None) -> list[Found]:
    """All of the result, in order; `skip` and `top` are applied, pages are not. `among` narrows the root's rows."""
    joined: list[dict[str, Row | None]] = [
        {plan.root.alias: row} for row in (rows.all(plan.root.table) if among is None else among)
    ]
    for join in plan.joins:
        joined = _joined(rows, joined, join)
    if plan.condition is not None:
        wanted = plan.condition
        joined = [each for each in joined if holds(wanted, _reader(each))]
    if plan.grouped:
        results = _grouped(joined, plan)
    else:
        results = [Found({o.name: _value(each, o.reference) for o in plan.outputs}, each) for each in joined]
    by = _of_group if plan.grouped else _of_row
    for order in reversed(plan.order):
        results.sort(key=lambda each, name=order.by: sortable(by(each, name)), reverse=order.descending)  # type: ignore[misc]
    if plan.distinct:
        results = list({repr(sorted(each.values.items())): each for each in reversed(results)}.values())[::-1]
    end = None if plan.top is None else plan.skip + plan.top
    return results[plan.skip : end]


def _of_group(found: Found, name: str) -> Any:
    return found.values.get(name)


def _of_row(found: Found, name: str) -> Any:
    return _value(found.sources, name)


def _joined(rows: Rows, so_far: list[dict[str, Row | None]], join: Join) -> list[dict[str, Row | None]]:
    alias, by_value = join.source.alias, dict[Any, list[Row]]()
    for row in rows.all(join.source.table):
        value = row.get(join.column)
        if value is not None and (join.condition is None or holds(join.condition, _reader({alias: row}))):
            by_value.setdefault(value, []).append(row)
    found: list[dict[str, Row | None]] = []
    for each in so_far:
        matches = by_value.get(_value(each, join.to), [])
        if join.exists:
            found += [each] if matches else []
        elif matches:
            found += [{**each, alias: row} for row in matches]
        elif join.outer:
            found.append({**each, alias: None})
    return found


def _grouped(joined: list[dict[str, Row | None]], plan: Plan) -> list[Found]:
    if len(joined) > _MOST_AGGREGATED:
        message = "AggregateQueryRecordLimit exceeded. Cannot perform this operation."
        raise Fault(400, "0x8004e023", message)
    keys = [output for output in plan.outputs if output.group]
    groups: dict[tuple[Any, ...], list[dict[str, Row | None]]] = {}
    for each in joined:
        groups.setdefault(tuple(_group_value(each, key) for key in keys), []).append(each)
    if not keys:
        # Without anything to group by there is one result, also of nothing.
        groups = {(): joined}
    results = []
    for values, members in groups.items():
        found = dict(zip((key.name for key in keys), values, strict=True))
        found |= {output.name: _aggregate(members, output) for output in plan.outputs if output.aggregate}
        results.append(Found(found))
    return results


def _group_value(each: dict[str, Row | None], key: Output) -> Any:
    value = _value(each, key.reference)
    if not key.date_group or value is None:
        return value
    moment = datetime.fromisoformat(value)
    match key.date_group:
        case "week":
            return moment.isocalendar().week
        case "quarter":
            return (moment.month + 2) // 3
    return int(getattr(moment, key.date_group))


def _aggregate(members: list[dict[str, Row | None]], output: Output) -> Any:
    if output.aggregate == "count":
        return len(members)
    values = [value for each in members if (value := _value(each, output.reference)) is not None]
    if output.distinct:
        values = list(dict.fromkeys(values))
    match output.aggregate:
        case "countcolumn":
            return len(values)
        case "sum":
            return sum(values) if values else None
        case "avg":
            return sum(values) / len(values) if values else None
        case "min":
            return min(values, default=None)
    return max(values, default=None)


def _reader(each: dict[str, Row | None]) -> Callable[[str], Any]:
    return lambda reference: _value(each, reference)


def _value(each: dict[str, Row | None], reference: str) -> Any:
    alias, _, column = reference.partition(".")
    row = each.get(alias)
    return None if row is None else row.get(column)
