"""Running a parsed query: nested loops over the tables, each narrowed by what the query already fixes."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from sandbox.netsuite.desk import Desk
from sandbox.netsuite.suiteql.parse import parse
from sandbox.netsuite.suiteql.tables import Row, as_date, rows
from sandbox.netsuite.suiteql.tree import (
    Both,
    Column,
    Compare,
    Condition,
    Either,
    Function,
    Literal,
    Query,
    Source,
    Value,
)
from sandbox.netsuite.suiteql.words import bad_query

_FORMATS = {"YYYY-MM-DD": "%Y-%m-%d", "MM/DD/YYYY": "%m/%d/%Y", "DD.MM.YYYY": "%d.%m.%Y"}
Bound = dict[str, Row]
"""The row chosen so far for each alias."""


def run(desk: Desk, text: str, params: list[str]) -> list[Row]:
    query = parse(text, params, as_date(desk.today()))
    found = [bound for bound in _joined(desk, query, 0, {}) if query.where is None or _true(query.where, bound)]
    for value, descending in reversed(query.order):
        ranked = [(_sortable(_read(value, bound)), place) for place, bound in enumerate(found)]
        ranked.sort(key=lambda pair: pair[0], reverse=descending)
        found = [found[place] for _, place in ranked]
    return [_answer(query, bound) for bound in found]


def _answer(query: Query, bound: Bound) -> Row:
    answer: Row = {}
    for value, name in query.columns:
        if value == Column("", "*"):
            for row in bound.values():
                answer |= row
            continue
        read = _read(value, bound)
        if read is not None:
            answer[name] = read
    return answer


def _joined(desk: Desk, query: Query, place: int, bound: Bound) -> Iterator[Bound]:
    if place == len(query.sources):
        yield bound
        return
    source = query.sources[place]
    known = _fixed(source, query, bound)
    met = False
    for row in rows(desk, source.table, known):
        wider = bound | {source.alias: row}
        if source.on is None or _true(source.on, wider):
            met = True
            yield from _joined(desk, query, place + 1, wider)
    if source.left and not met:
        yield from _joined(desk, query, place + 1, bound | {source.alias: {}})


def _fixed(source: Source, query: Query, bound: Bound) -> dict[str, str]:
    """column = value pairs that hold for every row of `source`: from ON, and from WHERE unless it is a left join."""
    fixed: dict[str, str] = {}
    only = len(query.sources) == 1
    for condition in (source.on, None if source.left else query.where):
        for part in _conjuncts(condition):
            if part.sign != "=" or part.negated:
                continue
            for one, other in ((part.left, part.right[0]), (part.right[0], part.left)):
                if not isinstance(one, Column) or not (one.table == source.alias or (only and not one.table)):
                    continue
                if isinstance(other, Column) and other.table not in bound:
                    continue
                if isinstance(other, Function):
                    continue
                value = _read(other, bound)
                if value is not None:
                    fixed[one.name] = value
    return fixed


def _conjuncts(condition: Condition | None) -> Iterator[Compare]:
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Both):
        for part in condition.parts:
            yield from _conjuncts(part)


def _true(condition: Condition, bound: Bound) -> bool:
    if isinstance(condition, Both):
        return all(_true(part, bound) for part in condition.parts)
    if isinstance(condition, Either):
        return any(_true(part, bound) for part in condition.parts)
    left = _read(condition.left, bound)
    if condition.sign == "IS NULL":
        return (left is None) != condition.negated
    others = [_read(value, bound) for value in condition.right]
    if left is None or any(other is None for other in others):
        return False
    if condition.sign == "IN":
        return (left in others) != condition.negated
    right = str(others[0])
    if condition.sign == "LIKE":
        pattern = re.escape(right).replace("%", ".*").replace("_", ".")
        return (re.fullmatch(pattern, left, re.DOTALL) is not None) != condition.negated
    order = _order(left, right)
    signs = {"=": (0,), "<>": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}
    return order in signs[condition.sign]


def _read(value: Value, bound: Bound) -> str | None:
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, Column):
        if value.table:
            if value.table not in bound:
                raise bad_query(f"Table or alias '{value.table}' was not found.")
            return bound[value.table].get(value.name)
        return next((row[value.name] for row in bound.values() if value.name in row), None)
    return _called(value, [_read(inner, bound) for inner in value.values])


def _called(function: Function, values: list[str | None]) -> str | None:
    first = values[0]
    if first is None or function.name == "BUILTIN.DF":
        return first
    if function.name in ("UPPER", "LOWER"):
        return first.upper() if function.name == "UPPER" else first.lower()
    form = _FORMATS.get(str(values[1]) if len(values) > 1 else "MM/DD/YYYY")
    if form is None:
        raise bad_query(f"The date format {values[1]!r} is not known.")
    try:
        if function.name == "TO_DATE":
            day = _parsed(first, form)
            return f"{day.month}/{day.day}/{day.year}"
        return _parsed(first, "%m/%d/%Y").strftime(form)
    except ValueError:
        raise bad_query(f"{first!r} is not a date of the format given.") from None


def _order(left: str, right: str) -> int:
    """-1, 0 or 1. Two dates compare as dates, two numbers as numbers, everything else as text."""
    a, b = _sortable(left), _sortable(right)
    if a[0] != b[0]:
        return (left > right) - (left < right)
    return (a > b) - (a < b)


def _sortable(value: str | None) -> tuple[int, float, str]:
    """Dates before numbers before text before nothing. Comparing only needs order, so days count as their number."""
    if value is None:
        return 3, 0, ""
    day = _day(value)
    if day is not None:
        return 0, day.toordinal(), ""
    try:
        return 1, float(value), ""
    except ValueError:
        return 2, 0, value


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", text):
        return None
    return _parsed(text, "%m/%d/%Y")


def _parsed(text: str, form: str) -> date:
    return datetime.strptime(text, form).replace(tzinfo=UTC).date()
