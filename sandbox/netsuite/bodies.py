"""Reading a request's body: JSON with exact numbers, and its field names held against the record type."""

import json
from decimal import Decimal

from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Doc
from sandbox.netsuite.errors import Refused, invalid_content


def parse(raw: bytes) -> Doc:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw, parse_float=Decimal)
    except ValueError:
        raise Refused(400, "INVALID_CONTENT", "Invalid content in the request body: it is not JSON.") from None
    if not isinstance(body, dict):
        raise invalid_content("Invalid content in the request body: it is not a record.")
    return body


def checked(kind: str, body: Doc, validation: str) -> Doc:
    """Unknown names are an error under `Error`; under `Warning` and `Ignore` they are silently left out."""
    entry, known = TYPES[kind], dict[str, object]()
    for name, value in body.items():
        if name not in entry.fields:
            _unknown(validation, kind, name, name)
            continue
        known[name] = value
        allowed = entry.sublists.get(name)
        if allowed is not None and isinstance(value, dict) and isinstance(value.get("items"), list):
            lines = []
            for place, line in enumerate(value["items"]):
                if not isinstance(line, dict):
                    raise invalid_content("A sublist line must be an object.", f"{name}.items[{place}]")
                for key in line.keys() - allowed:
                    _unknown(validation, kind, key, f"{name}.items[{place}].{key}")
                lines.append({key: each for key, each in line.items() if key in allowed})
            known[name] = {"items": lines}
    return known


def _unknown(validation: str, kind: str, name: str, path: str) -> None:
    if validation == "Error":
        raise invalid_content(f"The record type {kind} has no field {name}.", path)
