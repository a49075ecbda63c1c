"""Rows put into groups, and the functions over them: what GROUP BY and the aggregates answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.salesforce.schema import Record
from sandbox.salesforce.soql.comparing import rank
from sandbox.salesforce.soql.query import Both, Condition, Either, Opposite, Query, Test

Value = Callable[[Record, str], Any]
Group = list[Record]


def groups(query: Query, rows: list[Record], value: Value) -> list[Group]:
    """In the order of their first rows; a query without GROUP BY is one group, of no row perhaps."""
    if not query.group:
        return [rows]
    found: dict[tuple[Any, ...], Group] = {}
    for row in rows:
        found.setdefault(tuple(rank(value(row, path)) for path in query.group), []).append(row)
    kept = list(found.values())
    if query.having is not None:
        having = query.having
        kept = [group for group in kept if _holds(having, group, value)]
    return kept


def figure(function: str, path: str, rows: Group, value: Value) -> Any:
    """What the platform answers: nulls do not count, and of nothing but nulls there is no sum."""
    if not path:
        return len(rows)
    known = [found for row in rows if (found := value(row, path)) is not None]
    if function == "COUNT":
        return len(known)
    if function == "COUNT_DISTINCT":
        return len({rank(each) for each in known})
    if not known:
        return None
    if function in ("SUM", "AVG"):
        total = sum(known)
        return total if function == "SUM" else total / len(known)
    return (max if function == "MAX" else min)(known, key=rank)


def shape(query: Query, group: Group, value: Value) -> Record:
    told: Record = {"attributes": {"type": "AggregateResult"}}
    for path in query.paths:
        told[query.aliases.get(path, path.rpartition(".")[2])] = value(group[0], path)
    return told | {each.alias: figure(each.function, each.path, group, value) for each in query.aggregates}


def measure(path: str, group: Group, value: Value) -> Any:
    """What a group is sorted or tested by: an aggregate, or a field that all its rows share."""
    function, _, inner = path.partition("(")
    if inner:
        return figure(function, inner.removesuffix(")"), group, value)
    return value(group[0], path) if group else None


def fields(query: Query) -> list[str]:
    """Every field the grouping reads, to be checked before there are rows."""
    ordered = [order.path for order in query.order] + _tested(query.having)
    inner = [path.partition("(")[2].removesuffix(")") if "(" in path else path for path in ordered]
    return [path for path in [*query.group, *(each.path for each in query.aggregates), *inner] if path]


def _tested(condition: Condition | None) -> list[str]:
    if condition is None:
        return []
    if isinstance(condition, Both | Either):
        return [path for part in condition.parts for path in _tested(part)]
    return _tested(condition.part) if isinstance(condition, Opposite) else [condition.path]


def _holds(condition: Condition, group: Group, value: Value) -> bool:
    if isinstance(condition, Both):
        return all(_holds(part, group, value) for part in condition.parts)
    if isinstance(condition, Either):
        return any(_holds(part, group, value) for part in condition.parts)
    if isinstance(condition, Opposite):
        return not _holds(condition.part, group, value)
    return _compared(condition, measure(condition.path, group, value))


def _compared(test: Test, have: Any) -> bool:
    if test.operator in ("=", "!=", "<>"):
        return bool(rank(have) == rank(test.value)) == (test.operator == "=")
    if test.operator in ("IN", "NOT IN"):
        return (rank(have) in [rank(each) for each in test.value]) == (test.operator == "IN")
    if have is None or test.value is None:
        return False
    less, equal = rank(have) < rank(test.value), rank(have) == rank(test.value)
    return bool({"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[test.operator])


def aliased(query: Query, path: str) -> str:
    """ORDER BY may name an aggregate by its alias."""
    found = next((each for each in query.aggregates if each.alias.lower() == path.lower()), None)
    return path if found is None else found.text
