"""What an expression is worth for one row, or for one group of rows."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sandbox.netsuite.suiteql.functions import called, day_of, number_of, text_of
from sandbox.netsuite.suiteql.tree import (
    Aggregate,
    Binary,
    Call,
    Case,
    Column,
    Exists,
    Expression,
    Literal,
    Parameter,
    Query,
    Scalar,
    Star,
    Unary,
    Value,
    Within,
)
from sandbox.netsuite.suiteql.words import bad_query

Row = dict[str, Value]
"""A name ending in $ holds what the value beside it is called; such names are no columns."""
Ask = Callable[[Query, "Scope"], list[Row]]
_ORDERS = {"=": (0,), "<>": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}


@dataclass
class Scope:
    """The row chosen so far for each alias, around it that of the query it stands in, and the rows of a group."""

    rows: dict[str, Row]
    ask: Ask
    params: Sequence[str]
    outer: "Scope | None" = None
    number: int = 0
    group: "Sequence[Scope] | None" = None

    def read(self, column: Column) -> Value:
        row = self.row(column.table)
        return None if row is None else row.get(column.name)

    def row(self, alias: str) -> Row | None:
        if alias in self.rows:
            return self.rows[alias]
        return self.outer.row(alias) if self.outer is not None else None


def value_of(part: Expression, scope: Scope) -> Value:
    match part:
        case Literal(value):
            return value
        case Parameter(place):
            return scope.params[place]
        case Column("", "rownum"):
            return scope.number
        case Column():
            return scope.read(part)
        case Call("BUILTIN.DF", (Column() as column,)):
            row = scope.row(column.table) or {}
            return row.get(f"{column.name}$", row.get(column.name))
        case Call(name, values):
            return called(name, [value_of(each, scope) for each in values])
        case Unary("-", inner):
            value = value_of(inner, scope)
            return None if value is None else -number_of(value)
        case Unary("NOT", inner):
            known = value_of(inner, scope)
            return None if known is None else int(not known)
        case Unary(_, inner):
            return int(value_of(inner, scope) is None)
        case Binary():
            return _binary(part, scope)
        case Case(whens, otherwise):
            chosen = next((then for asked, then in whens if value_of(asked, scope)), otherwise)
            return value_of(chosen, scope)
        case Aggregate():
            return _aggregate(part, scope)
        case Within(inner, among):
            return _within(value_of(inner, scope), among, scope)
        case Exists(query):
            return int(bool(scope.ask(query, scope)))
        case Scalar(query):
            return _only(scope.ask(query, scope))
        case Star():
            raise bad_query("* stands alone in a list of columns, or in COUNT(*).")
    raise AssertionError(f"no way to read {part}")


def compared(one: Value, other: Value) -> int:
    """-1, 0 or 1; numbers and days decide how text beside them is read."""
    if isinstance(one, date) or isinstance(other, date):
        left: Value = day_of(one)
        right: Value = day_of(other)
    elif isinstance(one, str) == isinstance(other, str):
        left, right = one, other
    else:
        try:
            left, right = number_of(one), number_of(other)
        except Exception:
            left, right = text_of(one), text_of(other)
    return (left > right) - (left < right)  # type: ignore[operator]


def _binary(part: Binary, scope: Scope) -> Value:
    left = value_of(part.left, scope)
    if part.sign in ("AND", "OR"):
        decided = part.sign == "OR"
        if left is not None and bool(left) == decided:
            return int(decided)
        right = value_of(part.right, scope)
        if right is not None and bool(right) == decided:
            return int(decided)
        return None if left is None or right is None else int(not decided)
    right = value_of(part.right, scope)
    if part.sign == "||":
        return "".join(text_of(each) for each in (left, right) if each is not None) or None
    if left is None or right is None:
        return None
    if part.sign in _ORDERS:
        return int(compared(left, right) in _ORDERS[part.sign])
    if part.sign == "LIKE":
        pattern = re.escape(text_of(right)).replace("%", ".*").replace("_", ".")
        return int(re.fullmatch(pattern, text_of(left), re.DOTALL) is not None)
    return _reckoned(part.sign, left, right)


def _reckoned(sign: str, left: Value, right: Value) -> Value:
    if isinstance(left, date):
        if isinstance(right, date) and sign == "-":
            return Decimal((day_of(left) - day_of(right)) / timedelta(days=1)).quantize(Decimal("0.00001")).normalize()
        if sign in ("+", "-"):
            days = timedelta(days=float(number_of(right)))
            return day_of(left) + (days if sign == "+" else -days)
    one, other = number_of(left), number_of(right)
    match sign:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
    if other == 0:
        raise bad_query("A number was divided by zero.")
    return one / other


def _within(value: Value, among: tuple[Expression, ...] | Query, scope: Scope) -> Value:
    if value is None:
        return None
    if isinstance(among, Query):
        found = [next(iter(row.values()), None) for row in scope.ask(among, scope)]
    else:
        found = [value_of(each, scope) for each in among]
    if any(each is not None and compared(value, each) == 0 for each in found):
        return 1
    return None if None in found else 0


def _only(rows: list[Row]) -> Value:
    if len(rows) > 1:
        raise bad_query("A query used as a value may answer one row at most.")
    return next(iter(rows[0].values()), None) if rows else None


def _aggregate(part: Aggregate, scope: Scope) -> Value:
    if scope.group is None:
        raise bad_query(f"{part.name} cannot be used here.")
    if isinstance(part.value, Star):
        return len(scope.group)
    values = [value for each in scope.group if (value := value_of(part.value, each)) is not None]
    if part.distinct:
        values = list({text_of(value): value for value in values}.values())
    if part.name == "COUNT":
        return len(values)
    if not values:
        return None
    if part.name in ("MIN", "MAX"):
        best = values[0]
        for value in values[1:]:
            if compared(value, best) == (-1 if part.name == "MIN" else 1):
                best = value
        return best
    total = sum((number_of(value) for value in values), Decimal(0))
    return total if part.name == "SUM" else total / len(values)
