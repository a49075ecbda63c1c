"""The API's own description, completed: what all routes have in common is said here once, and all has an example.

A route declares what is its own: its action (`Allowed`), the body it takes (`documented.body`), the answer it gives
(`documented.answer`), and refusals that only it knows.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.documented import ANSWERS, PROBLEM
from api.examples import example
from domain import ids

_DATA = "application/json"
_BODILESS = ("408", "413", "415")
# What is said to a return by these takes If-Match.
_SAYINGS = frozenset(
    {
        "confirmation", "consent", "withdrawal", "receipts", "inspections", "losses", "tracking", "resolution",
        "approval",
        "changes", "decision",
    }
)  # fmt: skip
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "the ETag of the return as you saw it; when it moved since, the answer is 412 and nothing is done",
}


_RETURN_ID = {"type": "string", "pattern": f"^{ids.RETURN_ID.pattern}$", "example": "R-5001-9F2C41AB"}
_HOLD_ID = {"type": "string", "pattern": "^H[0-9]{1,6}$", "example": "H1"}
_KEY = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[\x21-\x7e]+$", "example": "click-1"}
# What a parameter looks like, by its name, wherever it is; the route itself says it in words.
_PARAMETERS = {"return_id": _RETURN_ID, "hold_id": _HOLD_ID, "Idempotency-Key": _KEY}


_PROBLEM = ANSWERS[500]["content"]


def describe(app: FastAPI) -> None:
    """`/openapi.json` shows the completed description."""
    plainly = app.openapi

    def completed() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plainly()
            components = document.setdefault("components", {}).setdefault("schemas", {})
            components["Problem"] = PROBLEM
            for name in ("HTTPValidationError", "ValidationError"):
                components.pop(name, None)
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    _complete(path, method, operation, components)
        return app.openapi_schema or {}

    app.openapi = completed  # type: ignore[method-assign]


def _complete(path: str, method: str, operation: dict[str, Any], components: dict[str, Any]) -> None:
    answers = operation["responses"]
    # The framework's own form of a refusal, which no route here answers with.
    answers.pop("422", None) if _DATA in answers.get("422", {}).get("content", {}) else None
    for status, answer in _errors(path, method, operation).items():
        answers.setdefault(status, answer)
    if "requestBody" not in operation:
        for status in _BODILESS:
            answers.pop(status, None)
    if not _versioned(path, method):
        answers.pop("412", None)
    for parameter in operation.get("parameters", ()):
        if shape := _PARAMETERS.get(parameter["name"]):
            parameter |= {"required": True, "schema": shape}
    if _versioned(path, method):
        operation.setdefault("parameters", []).append(_IF_MATCH)
    for status, answer in answers.items():
        if int(status) >= 400:
            answer.setdefault("content", _PROBLEM)
        elif int(status) >= 300:
            # They lead on, and say nothing themselves.
            answer.pop("content", None)
    contents = [answer.get("content", {}) for answer in answers.values()]
    for content in (*contents, operation.get("requestBody", {}).get("content", {})):
        for kind, shape in content.items():
            if kind.endswith("json") and "example" not in shape:
                shape["example"] = example(shape.get("schema", {}), components)
    for status, answer in answers.items():
        for shape in answer.get("content", {}).values():
            if shape.get("schema", {}).get("$ref", "").endswith("/Problem"):
                shape["example"] = {**shape["example"], "status": int(status)}


def _versioned(path: str, method: str) -> bool:
    return method == "post" and "{return_id}" in path and path.rpartition("/")[2] in _SAYINGS


def _errors(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """What may be answered to any request of this kind."""
    found = {500}
    found |= {400} if operation.get("parameters") or "requestBody" in operation else set()
    found |= {401, 403, 429} if operation.get("security") else set()
    found |= {404} if "{" in path else set()
    found |= {408, 409, 413, 415, 422} if "requestBody" in operation else set()
    found |= {412} if _versioned(path, method) else set()
    found |= {503} if operation.get("security") else set()
    return {str(status): ANSWERS[status] for status in sorted(found)}
