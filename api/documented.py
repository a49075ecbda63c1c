"""What the API's own description says of bodies, answers and errors. What is not told here is api/description.py's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel

from runtime.documents import schema_of

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "default": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong and what to do"},
        "code": {"type": "string", "description": "which kind of refusal"},
        "field": {"type": "string", "description": "which field of the request"},
    },
}
REFERENCE = {"$ref": "#/components/schemas/Problem"}


def problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": REFERENCE}}}


# By status, as a route takes them.
Answers: TypeAlias = dict[int | str, dict[str, Any]]

ANSWERS: Answers = {
    400: problem("a field or a parameter is wrong, or the key is missing; `field` names it"),
    401: problem("no API key and no token, or one that is not known or has ended"),
    403: problem("the roles may not do this, or a form is not of the session's own page"),
    404: problem("no such return, or none of the key's regions and shops"),
    408: problem("the body did not come in time"),
    409: problem("the return is elsewhere in its life; the detail says what is allowed now"),
    412: problem("it moved since you saw it; the detail says which version it is now"),
    413: problem("the body is too large"),
    415: problem("the body is not JSON by its Content-Type"),
    422: problem("refused by a rule, or the key was used for another message; the detail says why"),
    429: problem("too much in a minute; Retry-After says when more is taken"),
    500: problem("unforeseen; the log says more, by the request's id"),
    503: problem("not now; nothing is lost, send the same again"),
}


# What a vendor sends, in its own words, which are not ours to describe.
PAYLOAD = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}


def answer(kind: Any, description: str = "", **more: Any) -> dict[str, Any]:
    """A JSON answer as `plain(kind, …)` gives it; `more` are fields beside those of the kind, by their types."""
    schema = schema_of(kind)
    if more:
        schema = {**schema, "properties": schema["properties"] | {name: schema_of(one) for name, one in more.items()}}
        schema["required"] = [*schema.get("required", ()), *more]
    return {"description": description or "done", "content": {"application/json": {"schema": schema}}}


def page(description: str, sometimes: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A JSON answer of named parts, as `shape`."""
    return {"description": description, "content": {"application/json": {"schema": shape(sometimes, **fields)}}}


def shape(sometimes: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """The schema of named parts, by their types or schemas; all are always there, but for what is `sometimes`."""
    properties = {name: _schema(kind) for name, kind in (fields | dict(sometimes or {})).items()}
    return {"type": "object", "properties": properties, "required": list(fields)}


def _schema(kind: Any) -> dict[str, Any]:
    return kind if isinstance(kind, dict) else schema_of(kind)


def body(model: type[BaseModel], *elsewhere: str) -> dict[str, Any]:
    """The JSON body of an operation; fields that come `elsewhere` (a header, the address) are left out."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    for name in elsewhere:
        schema["properties"].pop(name, None)
        if name in schema.get("required", []):
            schema["required"].remove(name)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _whole(schema, definitions)}}}}


def _whole(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with what it refers to written out: our inputs refer to no one in circles."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            found = definitions[str(schema["$ref"]).rpartition("/")[2]]
            return _whole(found, definitions) | {name: part for name, part in schema.items() if name != "$ref"}
        return {name: _whole(part, definitions) for name, part in schema.items()}
    return [_whole(part, definitions) for part in schema] if isinstance(schema, list) else schema
