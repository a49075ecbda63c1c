"""What a condition means for one row. Texts compare without regard to case, as the platform's databases do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sandbox.dynamics.errors import bad_query
from sandbox.dynamics.query.filters import Among, Condition, Group, Literal, Opposite, Span, Test

Get = Callable[[str], Any]


def holds(condition: Condition, get: Get) -> bool:
    """`get` gives the value of a column or a path in the row; of a collection, what gets values of each row in it."""
    if isinstance(condition, Group):
        verdicts = (holds(part, get) for part in condition.parts)
        return all(verdicts) if condition.every else any(verdicts)
    if isinstance(condition, Opposite):
        return not holds(condition.part, get)
    if isinstance(condition, Among):
        part, members = condition.part, get(condition.collection)
        of_each = (part is None or holds(part, member) for member in members)
        return all(of_each) if condition.every else any(of_each)
    if isinstance(condition, Span):
        raise bad_query("A stretch of time cannot be asked for here.")
    return _test(condition, get)


def sortable(value: Any) -> tuple[bool, Any]:
    """Empty values come first when ascending."""
    return (value is not None, _folded(value) if value is not None else 0)


def _test(test: Test, get: Get) -> bool:
    wanted = [_wanted(value, get) for value in test.values]
    have = get(test.column)
    have = _moment(have) if any(isinstance(value, datetime) for value in wanted) else _folded(have)
    match test.operator:
        case "in":
            return have in wanted
        case "not in":
            return have not in wanted
        case "between":
            return _ordered(have, wanted[0], "ge") and _ordered(have, wanted[1], "le")
        case "not between":
            return not (_ordered(have, wanted[0], "ge") and _ordered(have, wanted[1], "le"))
        case "eq":
            return bool(have == wanted[0])
        case "ne":
            # An empty column is unequal to every value.
            return bool(have != wanted[0])
        case "contains":
            return str(wanted[0]) in str(have or "")
        case "startswith":
            return str(have or "").startswith(str(wanted[0]))
        case "like":
            return bool(_pattern(str(wanted[0])).fullmatch(str(have))) if have is not None else False
        case "endswith":
            return str(have or "").endswith(str(wanted[0]))
    return _ordered(have, wanted[0], test.operator)


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    """LIKE as a regular expression: % for any letters, _ for one, [...] for one of these."""
    parts = re.findall(r"\[[^\]]+\]|.", text, re.DOTALL)
    meanings = {"%": ".*", "_": "."}
    return re.compile(
        "".join(
            f"[{re.escape(part[1:-1])}]" if len(part) > 2 else meanings.get(part, re.escape(part)) for part in parts
        ),
        re.DOTALL,
    )


def _wanted(value: Literal, get: Get) -> Any:
    if value.kind == "column":
        return _folded(get(value.value))
    return _moment(value.value) if value.kind == "moment" else _folded(value.value)


def _ordered(have: Any, wanted: Any, operator: str) -> bool:
    if have is None or wanted is None:
        return False
    if isinstance(have, str) != isinstance(wanted, str):
        raise bad_query("A binary operator with incompatible types was detected.")
    return bool({"gt": have > wanted, "ge": have >= wanted, "lt": have < wanted, "le": have <= wanted}[operator])


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise bad_query(f"'{value}' is not a date.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
