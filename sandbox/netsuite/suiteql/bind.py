"""Binding a query to its tables: every column finds its table, or the query is refused before any row is read."""

from collections.abc import Mapping
from dataclasses import replace

from sandbox.netsuite.suiteql.tables import TABLES
from sandbox.netsuite.suiteql.tree import (
    Aggregate,
    Binary,
    Column,
    Exists,
    Expression,
    Literal,
    Order,
    Parameter,
    Query,
    Select,
    Source,
    Star,
    Unary,
    Within,
    rebuilt,
)
from sandbox.netsuite.suiteql.words import bad_query

Columns = Mapping[str, frozenset[str]]
"""Column names by alias."""


def bound(query: Query, outside: Columns | None = None) -> Query:
    selects = tuple((sign, _select(select, outside or {})) for sign, select in query.selects)
    names = names_of(selects[0][1])
    order = tuple(_order(one, selects, names, outside or {}) for one in query.order)
    if any(len(names_of(select)) != len(names) for _, select in selects):
        raise bad_query("The queries joined have different numbers of columns.")
    return replace(query, selects=selects, order=order)


def names_of(select: Select) -> list[str]:
    """What the columns of a bound select are called in the answer; a name that comes again is numbered."""
    found: list[str] = []
    for place, (value, name) in enumerate(select.columns, start=1):
        plain = name or (value.name if isinstance(value, Column) else f"expr{place}")
        count = sum(1 for other in found if other == plain or other.startswith(f"{plain}_"))
        found.append(plain if plain not in found else f"{plain}_{count - 1}")
    return found


def _select(select: Select, outside: Columns) -> Select:
    here: dict[str, frozenset[str]] = {}
    sources: list[Source] = []
    for source in select.sources:
        if source.alias in here:
            raise bad_query(f"The alias '{source.alias}' is used twice.")
        inner = bound(source.query) if source.query is not None else None
        here[source.alias] = frozenset(names_of(inner.selects[0][1])) if inner is not None else _columns(source.table)
        on = None if source.on is None else _expression(source.on, here, outside)
        sources.append(replace(source, query=inner, on=on))
    columns = [each for column in select.columns for each in _starred(column, here, outside)]
    if any(_is_condition(value) for value, _ in columns):
        raise bad_query("A condition is no column: write CASE WHEN ... THEN ... END.")
    done = replace(
        select,
        columns=tuple(columns),
        sources=tuple(sources),
        where=None if select.where is None else _expression(select.where, here, outside),
        group=tuple(_expression(each, here, outside) for each in select.group),
        having=None if select.having is None else _expression(select.having, here, outside),
    )
    if done.where is not None and has_aggregate(done.where):
        raise bad_query("A group function is not allowed in WHERE.")
    if grouped(done):
        for value, _ in columns:
            _check_grouped(value, done.group)
    return done


def grouped(select: Select) -> bool:
    values = [value for value, _ in select.columns] + ([select.having] if select.having is not None else [])
    return bool(select.group) or any(has_aggregate(value) for value in values)


def _is_condition(part: Expression) -> bool:
    if isinstance(part, Binary):
        return part.sign not in ("+", "-", "*", "/", "||")
    return isinstance(part, Within | Exists) or (isinstance(part, Unary) and part.sign != "-")


def has_aggregate(part: object) -> bool:
    found = False

    def look(each: object) -> object:
        nonlocal found
        if isinstance(each, Aggregate):
            found = True
        elif not isinstance(each, Query):
            rebuilt(each, look)
        return each

    look(part)
    return found


def _columns(table: str) -> frozenset[str]:
    known = TABLES.get(table)
    if known is None:
        raise bad_query(f"Record '{table}' was not found.")
    return known.columns


def _starred(
    column: tuple[Expression, str | None], here: Columns, outside: Columns
) -> list[tuple[Expression, str | None]]:
    value, name = column
    if not isinstance(value, Star):
        return [(_expression(value, here, outside), name)]
    if value.table and value.table not in here:
        raise bad_query(f"Table or alias '{value.table}' was not found.")
    aliases = [value.table] if value.table else list(here)
    return [(Column(alias, each), None) for alias in aliases for each in sorted(here[alias])]


def _expression(part: Expression, here: Columns, outside: Columns) -> Expression:
    def change(each: object) -> object:
        if isinstance(each, Query):
            return bound(each, {**outside, **here})
        if isinstance(each, Column):
            return _found(each, here, outside)
        return rebuilt(each, change)

    changed = change(part)
    return changed  # type: ignore[return-value]


def _found(column: Column, here: Columns, outside: Columns) -> Column:
    if column == Column("", "rownum"):
        return column
    for known in (here, outside):
        if column.table in known:
            if column.name not in known[column.table]:
                raise _no_field(column.name)
            return column
        if not column.table:
            aliases = [alias for alias, names in known.items() if column.name in names]
            if len(aliases) > 1:
                raise bad_query(f"Field '{column.name}' is ambiguous.")
            if aliases:
                return Column(aliases[0], column.name)
    if column.table:
        raise bad_query(f"Table or alias '{column.table}' was not found.")
    raise _no_field(column.name)


def _no_field(name: str) -> Exception:
    return bad_query(f"Field '{name}' was not found.")


def _check_grouped(part: Expression, group: tuple[Expression, ...]) -> None:
    def look(each: object) -> object:
        if each in group or isinstance(each, Aggregate | Literal | Parameter | Query):
            return each
        if isinstance(each, Column):
            raise bad_query(f"Field '{each.name}' is not a GROUP BY expression.")
        return rebuilt(each, look)

    look(part)


def _order(order: Order, selects: tuple[tuple[str, Select], ...], names: list[str], outside: Columns) -> Order:
    """By a column's place or name in the answer, or by any expression over the tables of a single select."""
    value = order.value
    if isinstance(value, Literal):
        place = int(str(value.value)) if str(value.value).isdecimal() else 0
        if not 1 <= place <= len(names):
            raise bad_query(f"ORDER BY {value.value} is not the place of a column.")
        return replace(order, value=Column(ANSWER, names[place - 1]))
    select = selects[0][1]
    given = {name for _, name in select.columns if name}
    if isinstance(value, Column) and not value.table and (value.name in given or len(selects) > 1):
        if value.name not in names:
            raise _no_field(value.name)
        return replace(order, value=Column(ANSWER, value.name))
    if len(selects) > 1:
        raise bad_query("Queries that are joined are ordered by the names or places of their columns.")
    here = {
        source.alias: frozenset(names_of(source.query.selects[0][1])) if source.query else _columns(source.table)
        for source in select.sources
    }
    return replace(order, value=_expression(value, here, outside))


ANSWER = "(answer)"
"""The alias of the answer's own columns in ORDER BY."""
