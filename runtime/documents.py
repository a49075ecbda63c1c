"""Values of ours as JSON documents, as every front door gives them."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from domain import money


def plain(kind: Any, value: Any) -> Any:
    """The document of a dataclass, amounts as decimal strings."""
    return _decimal(_adapter(kind).dump_python(value, mode="json"))


def document_of(value: Any) -> dict[str, Any]:
    """The document of a dataclass whose own kind says all there is to say."""
    found: dict[str, Any] = plain(type(value), value)
    return found


def parts_of(value: Any) -> dict[str, Any]:
    """Its fields by name, for a kind that has these and more."""
    return {part.name: getattr(value, part.name) for part in fields(value)}


def loaded(kind: Any, document: Any) -> Any:
    """The inverse of `plain`."""
    return _adapter(kind).validate_python(_minor(document))


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON schema of what `plain` gives, with everything it refers to written out."""
    schema = _adapter(kind).json_schema(mode="serialization")
    found: dict[str, Any] = _written_out(schema, schema.pop("$defs", {}))
    return found


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _decimal(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"minor", "currency"}:
            return {"amount": money.Money(value["minor"], value["currency"]).decimal(), "currency": value["currency"]}
        return {name: _decimal(part) for name, part in value.items()}
    return [_decimal(part) for part in value] if isinstance(value, list) else value


def _minor(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"amount", "currency"}:
            amount = money.parse(value["amount"], value["currency"])
            return {"minor": amount.minor, "currency": amount.currency}
        return {name: _minor(part) for name, part in value.items()}
    return [_minor(part) for part in value] if isinstance(value, list) else value


_AMOUNT = {
    "type": "object",
    "title": "Money",
    "properties": {"amount": {"type": "string", "description": "a decimal"}, "currency": {"type": "string"}},
    "required": ["amount", "currency"],
}


# Of Python, and not of what is sent: there every field is always there.
_NOT_SENT = frozenset({"title", "default", "required"})


def _written_out(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_written_out(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _written_out(definitions[str(schema["$ref"]).rpartition("/")[2]], definitions)
    found = {name: _written_out(part, definitions) for name, part in schema.items() if name not in _NOT_SENT}
    fields = schema.get("properties")
    if isinstance(fields, dict):
        if fields.keys() == {"minor", "currency"}:
            return _AMOUNT
        found["properties"] = {name: _written_out(part, definitions) for name, part in fields.items()}
        found["required"] = list(fields)
    return found
