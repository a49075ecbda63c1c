"""Bytes from outside as checked data: JSON, then a model of runtime/inputs. Every refusal names the field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from domain.errors import BadInput

M = TypeVar("M", bound=BaseModel)

# Far more than the largest message a return takes.
MOST_BYTES = 1_048_576
_MOST_FAULTS = 5
_MOST_LETTERS = 60


def read_json(raw: bytes, what: str) -> Any:
    """UTF-8 JSON as data; the refusal says where it stops being JSON. A decimal number becomes a Decimal, which no
    field takes: amounts are text, so that nobody's float comes near them."""
    if len(raw) > MOST_BYTES:
        raise BadInput(what, f"is larger than {MOST_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(what, f"is not UTF-8 text (byte {error.start})") from None
    if not text.strip():
        raise BadInput(what, "is empty; it must be a JSON object")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise BadInput(what, f"is not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise BadInput(what, "is nested too deeply") from None
    except ValueError as error:
        # A constant or a name that JSON does not have, or a number with thousands of digits.
        raise BadInput(what, str(error).partition(";")[0]) from None


def parsed(model: type[M], data: Any) -> M:
    """`data` as `model`, or BadInput naming the first wrong field and a few further ones."""
    if not isinstance(data, Mapping):
        raise BadInput("body", 'must be a JSON object such as {"name": "value"}')
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
    first, *others = [(_path(fault), sentence(fault)) for fault in faults]
    more = "".join(f"; {field}: {words}" for field, words in others[: _MOST_FAULTS - 1])
    hidden = len(faults) - _MOST_FAULTS
    raise BadInput(first[0], first[1] + more + (f"; and {hidden} more" if hidden > 0 else ""))


def _path(fault: ErrorDetails) -> str:
    return ".".join(shown(part) for part in fault["loc"]) or "body"


def shown(part: int | str) -> str:
    """A step of a path on one line: an unknown field's name is whatever the caller made it."""
    name = str(part)
    plain = name if name.isprintable() else ascii(name)
    return plain if len(plain) <= _MOST_LETTERS else plain[:_MOST_LETTERS] + "…"


def sentence(fault: ErrorDetails) -> str:
    """A fault in words that follow the field's name."""
    match fault["type"]:
        case "extra_forbidden":
            return "is not a known field"
        case "missing":
            return "is missing"
        case "string_type" if isinstance(fault["input"], int | Decimal):
            return "must be text in quotes, not a number"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be an object"
        case "int_type" if isinstance(fault["input"], Decimal):
            return "must be a whole number"
        case _:
            words = (
                fault["msg"].removeprefix("Value error, ").removeprefix("Input should").removeprefix("String should")
            )
            return ("must" + words) if words.startswith((" be", " have", " match")) else words


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number JSON has")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different: with two of one name, one would be dropped unseen."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{shown(name)} is given twice in one object")
        found[name] = value
    return found
