"""One stored value held against one constant of a query, as the platform compares them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.ids import canonical
from sandbox.salesforce.schema import Field
from sandbox.salesforce.soql.query import Test
from sandbox.salesforce.soql.spans import Literal, Span

_EXPECTED: dict[str, tuple[type[Any], ...]] = {
    "double": (int, float),
    "boolean": (bool,),
    "date": (date, Literal),
    "datetime": (datetime, Literal),
}
_LONG_TEXT = 255


def check(field: Field, test: Test) -> None:
    """Text is quoted, numbers and moments are not, and long texts cannot be filtered by at all."""
    if field.kind == "textarea" and field.length > _LONG_TEXT:
        raise Refusal("INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call", [field.name])
    expected = _EXPECTED.get(field.kind, (str,))
    for wanted in test.value if isinstance(test.value, list) else [test.value]:
        if wanted is None:
            continue
        # A truth value counts as a number and a datetime as a date in Python, though not on the platform.
        stray = isinstance(wanted, bool | datetime) and type(wanted) not in expected
        if stray or not isinstance(wanted, expected):
            kind = "dateTime" if field.kind == "datetime" else field.kind if field.kind in _EXPECTED else "string"
            quotes = "should be" if kind == "string" else "should not be"
            message = f"value of filter criterion for field '{field.name}' must be of type {kind} and {quotes}"
            raise Refusal("INVALID_FIELD", f"{message} enclosed in quotes", [field.name])
        if field.kind in ("id", "reference") and test.operator != "LIKE" and canonical(wanted) is None:
            raise Refusal("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {wanted}")


def holds(field: Field, have: Any, test: Test, today: date) -> bool:
    if test.operator in ("IN", "NOT IN"):
        inside = any(_equal(field, have, value, today) for value in test.value)
        return inside == (test.operator == "IN")
    if test.operator == "=":
        return _equal(field, have, test.value, today)
    if test.operator in ("!=", "<>"):
        return not _equal(field, have, test.value, today)
    if test.operator == "LIKE":
        return _like(have, test.value)
    return _ordered(field, have, test.operator, test.value, today)


def rank(value: Any) -> Any:
    """What rows are sorted by: texts without regard to case."""
    return value.casefold() if isinstance(value, str) else value


def _equal(field: Field, have: Any, wanted: Any, today: date) -> bool:
    if have is None or wanted is None:
        return have is None and wanted is None
    if isinstance(wanted, Literal):
        span = wanted.days(today)
        return span.first <= _day(have) < span.after
    if field.kind in ("id", "reference"):
        return bool(canonical(str(wanted)) == have)
    return bool(_comparable(field, have) == _comparable(field, wanted))


def _ordered(field: Field, have: Any, operator: str, wanted: Any, today: date) -> bool:
    """A literal stands for all its days: before the first, after the last, and everything up to or from there."""
    if have is None or wanted is None:
        return False
    if isinstance(wanted, Literal):
        day, span = _day(have), wanted.days(today)
        return _within(operator, day, span)
    left, right = _comparable(field, have), _comparable(field, wanted)
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator])


def _within(operator: str, day: date, span: Span) -> bool:
    return {
        "<": day < span.first,
        "<=": day < span.after,
        ">": day >= span.after,
        ">=": day >= span.first,
    }[operator]


def _like(have: Any, pattern: Any) -> bool:
    marks = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    regex = "".join(re.escape(part[1:]) if len(part) == 2 else marks.get(part, re.escape(part)) for part in parts)
    return have is not None and re.fullmatch(regex, str(have), re.IGNORECASE | re.DOTALL) is not None


def _comparable(field: Field, value: Any) -> Any:
    if field.kind == "datetime":
        return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if field.kind == "date":
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    return rank(value)


def _day(have: Any) -> date:
    return datetime.fromisoformat(have).astimezone(UTC).date() if "T" in have else date.fromisoformat(have)
