"""One condition with an operator of FetchXML and values as texts: fitted to the column, ready to be tested on rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sandbox.dynamics.errors import Fault, invalid_argument
from sandbox.dynamics.query.filters import Condition, Group, Literal, Opposite, Test
from sandbox.dynamics.query.moments import stretch
from sandbox.dynamics.schema import Table

_EMPTY = Literal("null", None)
_PLAIN = {"eq": "eq", "gt": "gt", "ge": "ge", "lt": "lt", "le": "le", "ne": "ne", "neq": "ne", "like": "like"}
_ENDS = {"begins-with": "{}%", "ends-with": "%{}"}
_USERS = ("eq-userid", "ne-userid")


def fitted(
    table: Table, alias: str, name: str, operator: str, values: Sequence[str], now: datetime, user: str
) -> Condition:
    """`alias` is the table's name in the query, or nothing. Raises for what cannot be used: column, operator, value."""
    stored = table.reads(name)
    if stored is None:
        raise no_column(table, name)
    column, kind = f"{alias}.{stored}" if alias else stored, kind_of(table, stored)
    if operator in ("null", "not-null"):
        return Test(column, "eq" if operator == "null" else "ne", (_EMPTY,))
    if operator in _USERS:
        return Test(column, operator[:2], (Literal("guid", user),))
    if operator.startswith("not-") and operator[4:] in ("like", "in", "between"):
        inside = fitted(table, alias, name, operator[4:], values, now, user)
        return Group((Test(column, "ne", (_EMPTY,)), Opposite(inside)), every=True)
    if operator in ("not-begin-with", "not-end-with"):
        return Opposite(fitted(table, alias, name, operator[4:].replace("-with", "s-with"), values, now, user))
    if operator in ("in", "between"):
        wanted = tuple(literal(kind, name, value) for value in values)
        if not wanted or (operator == "between" and len(wanted) != 2):
            raise invalid_argument(f"The operator '{operator}' on '{name}' does not have the values it needs.")
        return Test(column, operator, wanted)
    if operator in ("on", "on-or-before", "on-or-after", "not-on"):
        return _on(column, operator, _one(operator, name, values))
    number = values[0] if values and values[0].isdecimal() else "0"
    if found := stretch(operator, int(number), now):
        return _within(column, *found)
    if operator in _ENDS:
        pattern = _escaped(_one(operator, name, values))
        return Test(column, "like", (Literal("text", _ENDS[operator].format(pattern)),))
    if operator not in _PLAIN:
        raise Fault(400, "0x80041103", f"The operator '{operator}' is not covered here.")
    if operator == "like":
        return Test(column, "like", (Literal("text", _one(operator, name, values)),))
    return Test(column, _PLAIN[operator], (literal(kind, name, _one(operator, name, values)),))


def no_column(table: Table, name: str) -> Fault:
    return Fault(400, "0x80041103", f"'{table.name}' entity doesn't contain attribute with Name = '{name}'.")


def kind_of(table: Table, stored: str) -> str:
    column = table.stored(stored)
    return "guid" if column is None or column.kind in ("lookup", "file") else column.kind


def literal(kind: str, name: str, value: str) -> Literal:
    try:
        match kind:
            case "guid":
                return Literal("guid", str(uuid.UUID(value)))
            case "integer" | "picklist" | "bigint":
                return Literal("number", int(value))
            case "double" | "decimal" | "money":
                return Literal("number", float(value))
            case "boolean":
                return Literal("boolean", {"1": True, "true": True, "0": False, "false": False}[value.lower()])
            case "datetime" | "date":
                datetime.fromisoformat(value)
                return Literal("moment", value)
    except (KeyError, ValueError):
        raise invalid_argument(f"The value '{value}' does not fit the type of '{name}', which is {kind}.") from None
    return Literal("text", value)


def _one(operator: str, name: str, values: Sequence[str]) -> str:
    if len(values) != 1:
        raise invalid_argument(f"The operator '{operator}' on '{name}' needs one value.")
    return values[0]


def _on(column: str, operator: str, value: str) -> Condition:
    try:
        start = datetime.combine(date.fromisoformat(value[:10]), time(), UTC)
    except ValueError:
        raise invalid_argument(f"'{value}' is not a date.") from None
    end = start + timedelta(days=1)
    if operator == "on-or-before":
        return _within(column, None, end)
    if operator == "on-or-after":
        return _within(column, start, None)
    return Opposite(_within(column, start, end)) if operator == "not-on" else _within(column, start, end)


def _within(column: str, start: datetime | None, end: datetime | None) -> Condition:
    ends = (("ge", start), ("lt", end))
    return Group(
        tuple(Test(column, name, (Literal("moment", at.isoformat()),)) for name, at in ends if at is not None),
        every=True,
    )


def _escaped(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "%_[" else letter for letter in text)
