"""What the API's own description says of bodies and errors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong and what to do"},
        "code": {"type": "string", "description": "which kind of refusal"},
        "field": {"type": "string", "description": "which field of the request"},
    },
}


def problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM}}}


ANSWERS: dict[int | str, dict[str, Any]] = {
    400: problem("a field is wrong, or the key is missing; `field` names it"),
    401: problem("no API key and no token, or one that is not known or has ended"),
    403: problem("the roles may not do this, or a form is not of the session's own page"),
    404: problem("no such return, or none of the key's regions and shops"),
    409: problem("the return is elsewhere in its life; the detail says what is allowed now"),
    413: problem("the body is too large"),
    422: problem("refused by a rule; the detail says why"),
    429: problem("too much in a minute; Retry-After says when more is taken"),
    503: problem("not now; nothing is lost, send the same again"),
}


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
