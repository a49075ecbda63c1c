"""Is this value acceptable for this column? The value as it is stored, or the platform's refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sandbox.dynamics.errors import Fault, bad_request
from sandbox.dynamics.schema import Column, Table


def stored(table: Table, column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind in ("string", "memo"):
        return _text(column, value)
    if column.kind == "boolean":
        if isinstance(value, bool):
            return value
        raise _wrong(column, value, "Edm.Boolean")
    if column.kind in ("integer", "picklist", "bigint"):
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong(column, value, "Edm.Int32")
        if column.options and value not in column.options:
            message = (
                f"A validation error occurred. The value {value} of '{column.name}' on record of type '{table.name}'"
            )
            raise Fault(400, "0x80044330", f"{message} is outside the valid range. Accepted Values: {_listed(column)}")
        return _in_range(table, column, value)
    if column.kind in ("double", "decimal", "money"):
        return _number(table, column, value)
    if column.kind == "file":
        raise bad_request(f"The file column '{column.name}' is written by a request of its own.")
    return _moment(column, value)


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(column, value, "Edm.String")
    if len(value) > column.length:
        message = (
            f"A validation error occurred. The length of the '{column.name}' attribute exceeded the maximum allowed"
            f" length of '{column.length}'."
        )
        raise Fault(400, "0x80044331", message)
    return value


def _number(table: Table, column: Column, value: Any) -> int | float:
    # Numbers are numbers: without IEEE754Compatible=true a quoted decimal is refused.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(column, value, "Edm.Decimal")
    return _in_range(table, column, value)


def _in_range(table: Table, column: Column, value: int | float) -> int | float:
    too_small = column.minimum is not None and value < column.minimum
    if too_small or (column.maximum is not None and value > column.maximum):
        message = f"A validation error occurred. The value of '{column.name}' on record of type '{table.name}'"
        raise Fault(400, "0x8004431A", f"{message} is outside the valid range.")
    return value


def _moment(column: Column, value: Any) -> str:
    try:
        if column.kind == "date":
            return date.fromisoformat(value).isoformat()
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(column, value, "Edm.Date" if column.kind == "date" else "Edm.DateTimeOffset") from None
    return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _listed(column: Column) -> str:
    return ",".join(str(option) for option in column.options)


def _wrong(column: Column, value: Any, kind: str) -> Fault:
    message = f"Error identified in Payload provided by the user for Entity :'', Cannot convert the literal '{value}'"
    return bad_request(f"{message} of '{column.name}' to the expected type '{kind}'.")
