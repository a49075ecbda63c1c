"""Running a bound query: nested loops over the tables, each narrowed by what the query already fixes."""

from collections.abc import Iterator
from datetime import date
from functools import cmp_to_key, lru_cache

from sandbox.netsuite.desk import Desk
from sandbox.netsuite.suiteql.bind import ANSWER, bound, grouped, names_of
from sandbox.netsuite.suiteql.functions import text_of
from sandbox.netsuite.suiteql.parse import parse
from sandbox.netsuite.suiteql.tables import TABLES, Known
from sandbox.netsuite.suiteql.tree import (
    Binary,
    Column,
    Expression,
    Literal,
    Order,
    Parameter,
    Query,
    Select,
    Source,
    Value,
    Within,
)
from sandbox.netsuite.suiteql.values import Row, Scope, compared, value_of

_ANSWERED = tuple[Row, Scope]
"""A row of the answer, and the rows of the tables it was made of."""


_CHOSEN = dict[str, Row]
"""The rows of the tables chosen so far, by alias."""


def run(desk: Desk, text: str, params: list[str]) -> list[dict[str, str]]:
    """Every value as text, columns without a value left out."""
    query = _prepared(text, len(params), date.fromisoformat(desk.today()))
    rows = Runner(desk, params).rows(query, None)
    return [{name: text_of(value) for name, value in row.items() if value is not None} for row in rows]


@lru_cache(maxsize=512)
def _prepared(text: str, params: int, today: date) -> Query:
    """Clients ask the same again and again, with other parameters."""
    return bound(parse(text, params, today))


class Runner:
    def __init__(self, desk: Desk, params: list[str]) -> None:
        self._desk, self._params = desk, params

    def rows(self, query: Query, outer: Scope | None) -> list[Row]:
        (_, first), *others = query.selects
        found = self._selected(first, outer)
        for sign, select in others:
            found = _joined(sign, found, self._selected(select, outer), names_of(first))
        if query.order:

            def ranked(one: _ANSWERED, other: _ANSWERED) -> int:
                return _ranked(query.order, one, other)

            found.sort(key=cmp_to_key(ranked))
        end = None if query.first is None else query.skip + query.first
        return [row for row, _ in found[query.skip : end]]

    def _ask(self, query: Query, scope: Scope) -> list[Row]:
        return self.rows(query, scope)

    def _selected(self, select: Select, outer: Scope | None) -> list[_ANSWERED]:
        passed = self._passed(select, outer)
        if grouped(select):
            passed = self._groups(select, passed, outer)
            if (having := select.having) is not None:
                passed = [scope for scope in passed if value_of(having, scope)]
        names = names_of(select)
        found = [
            ({name: value_of(value, scope) for name, (value, _) in zip(names, select.columns, strict=True)}, scope)
            for scope in passed
        ]
        if select.distinct:
            found = list({_key(row): (row, scope) for row, scope in reversed(found)}.values())[::-1]
        return found[: select.top]

    def _passed(self, select: Select, outer: Scope | None) -> list[Scope]:
        passed: list[Scope] = []
        for rows in self._matched(select, 0, {}, outer):
            # ROWNUM counts the rows that pass, so a row sees the number it would get.
            scope = Scope(rows, self._ask, self._params, outer, number=len(passed) + 1)
            if select.where is None or value_of(select.where, scope):
                passed.append(scope)
        return passed

    def _groups(self, select: Select, scopes: list[Scope], outer: Scope | None) -> list[Scope]:
        groups: dict[tuple[object, ...], list[Scope]] = {}
        for scope in scopes:
            values = [value_of(value, scope) for value in select.group]
            groups.setdefault(tuple(None if v is None else text_of(v) for v in values), []).append(scope)
        if not groups and not select.group:
            return [Scope({}, self._ask, self._params, outer, group=[])]
        return [Scope(group[0].rows, self._ask, self._params, outer, group=group) for group in groups.values()]

    def _matched(self, select: Select, place: int, rows: _CHOSEN, outer: Scope | None) -> Iterator[_CHOSEN]:
        if place == len(select.sources):
            yield rows
            return
        source = select.sources[place]
        met = False
        for row in self._read(source, select, rows, outer):
            wider = rows | {source.alias: row}
            if source.on is None or value_of(source.on, Scope(wider, self._ask, self._params, outer)):
                met = True
                yield from self._matched(select, place + 1, wider, outer)
        if source.left and not met:
            yield from self._matched(select, place + 1, rows | {source.alias: {}}, outer)

    def _read(self, source: Source, select: Select, rows: dict[str, Row], outer: Scope | None) -> Iterator[Row]:
        if source.query is not None:
            yield from self.rows(source.query, None)
            return
        known = _fixed(source, select, Scope(rows, self._ask, self._params, outer))
        yield from TABLES[source.table].read(self._desk, known)


def _fixed(source: Source, select: Select, scope: Scope) -> Known:
    """column = value, or column IN (values), that holds for every row: from ON, and from WHERE unless it is left."""
    fixed: Known = {}
    for condition in (source.on, None if source.left else select.where):
        for one, others in _conjuncts(condition):
            if not isinstance(one, Column) or one.table != source.alias:
                continue
            values = [value_of(other, scope) for other in others if _is_known(other, scope)]
            if len(values) == len(others) and None not in values:
                fixed[one.name] = tuple(text_of(value) for value in values)
    return fixed


def _is_known(part: Expression, scope: Scope) -> bool:
    """Whether it has a value before the row is read."""
    if isinstance(part, Column):
        return bool(part.table) and scope.row(part.table) is not None
    return isinstance(part, Literal | Parameter)


def _conjuncts(condition: Expression | None) -> Iterator[tuple[Expression, tuple[Expression, ...]]]:
    """(what, the values it must be one of)"""
    match condition:
        case Binary("=", left, right):
            yield left, (right,)
            yield right, (left,)
        case Binary("AND", left, right):
            yield from _conjuncts(left)
            yield from _conjuncts(right)
        case Within(value, tuple() as among):
            yield value, among


def _joined(sign: str, one: list[_ANSWERED], other: list[_ANSWERED], names: list[str]) -> list[_ANSWERED]:
    """The second select's columns go under the names of the first's."""
    renamed = [(dict(zip(names, row.values(), strict=True)), scope) for row, scope in other]
    if sign == "UNION ALL":
        return [*one, *renamed]
    mine, theirs = ({_key(row): (row, scope) for row, scope in rows} for rows in (one, renamed))
    match sign:
        case "UNION":
            return list((mine | {key: found for key, found in theirs.items() if key not in mine}).values())
        case "INTERSECT":
            return [found for key, found in mine.items() if key in theirs]
    return [found for key, found in mine.items() if key not in theirs]


def _ranked(order: tuple[Order, ...], one: _ANSWERED, other: _ANSWERED) -> int:
    for each in order:
        left, right = (_sorted_by(each.value, answered) for answered in (one, other))
        if left is None or right is None:
            rank = (left is not None) - (right is not None)
            rank = rank if each.nothing_first else -rank
        else:
            rank = -compared(left, right) if each.descending else compared(left, right)
        if rank:
            return rank
    return 0


def _sorted_by(value: Expression, answered: _ANSWERED) -> Value:
    row, scope = answered
    return row.get(value.name) if isinstance(value, Column) and value.table == ANSWER else value_of(value, scope)


def _key(row: Row) -> tuple[str | None, ...]:
    return tuple(None if value is None else text_of(value) for value in row.values())
