"""Examples for the API's description, made from its schemas: so there is one for everything, and each is true to form.

A field that has a name of ours is shown as it really looks; the rest by its type.
"""

from __future__ import annotations

from typing import Any

_MOMENT = "2026-11-21T10:00:00Z"
_DAY = "2026-11-21"
# By the name of a field, where its type alone would say too little.
_NAMED: dict[str, Any] = {
    "return_id": "R-5001-9F2C41AB",
    "return_ids": ["R-5001-9F2C41AB"],
    "order_id": "5001",
    "order_name": "#5001",
    "line_id": "50011",
    "quantity": 1,
    "amount": "96.28",
    "currency": "EUR",
    "digest": "0f343b0931126a20f133d67c2b018a3b",
    "receipt_id": "P-4711",
    "inspection_id": "I-4711",
    "hold_id": "H1",
    "choice": "retry",
    "proposal": "P1",
    "second": ["pay_rest_by_hand"],
    "asked_by": "agent-7",
    "approved_by": "finance-2",
    "choices": ["retry", "give_up"],
    "answer": "accept",
    "number": "00340434161094042557",
    "tracking": "00340434161094042557",
    "status": "in_transit",
    "sku": "MUG-01",
    "title": "Mug",
    "region": "DE",
    "shop": "main",
    "channel": "web",
    "country": "DE",
    "value_fraction": "0.5",
    "cursor": "WyIyMDI2LTExLTIxIl0",
    "version": 7,
    "detail": "says what is wrong and what to do",
    "field": "lines.0.quantity",
    "code": "bad_input",
    "org": "main",
    "by": "finance",
    "note": "agreed by telephone",
    "email": "customer@example.test",
}


def example(schema: dict[str, Any], components: dict[str, Any], name: str = "") -> Any:
    """A value of the schema; `components` are what it may refer to."""
    if "$ref" in schema:
        return example(components[str(schema["$ref"]).rpartition("/")[2]], components, name)
    for told in ("const", "default"):
        if schema.get(told) is not None:
            return schema[told]
    if "enum" in schema:
        return schema["enum"][0]
    for either in ("anyOf", "oneOf"):
        if either in schema:
            wanted = [one for one in schema[either] if one.get("type") != "null"] or schema[either]
            return example(wanted[0], components, name)
    shown = _NAMED.get(name)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {field: example(part, components, field) for field, part in fields.items()}
        case "array":
            if isinstance(shown, list):
                return shown
            least = max(int(schema.get("minItems", 1)), 1)
            return [example(schema.get("items", {}), components, name)] * least
        case "integer" | "number":
            return shown if isinstance(shown, int) else max(int(schema.get("minimum", 1)), 1)
        case "boolean":
            return False
        case "string":
            if schema.get("format") == "date-time":
                return _MOMENT
            if schema.get("format") == "date":
                return _DAY
            return shown if isinstance(shown, str) else "text"
    return None
