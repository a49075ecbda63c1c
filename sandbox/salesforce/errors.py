"""Salesforce's own way of saying no: an error code, a sentence and the fields it is about, always inside a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response


@dataclass(eq=False)
class Refusal(Exception):
    """One request or one record that Salesforce refuses; `status` is used when it is the answer to a whole request."""

    code: str
    message: str
    fields: list[str] = field(default_factory=list)
    status: int = 400
    more: dict[str, Any] = field(default_factory=dict)
    """What some codes tell besides: DUPLICATES_DETECTED carries its duplicateResult."""

    def as_body(self) -> list[dict[str, Any]]:
        """The body of a refused request (REST errors are lists, also of one)."""
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields:
            entry["fields"] = self.fields
        return [entry | self.more]

    def as_item(self) -> dict[str, Any]:
        """The entry of one refused record inside a collection: other names for the same three facts."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields} | self.more

    def as_response(self) -> Response:
        return JSONResponse(self.as_body(), status_code=self.status)


@dataclass(eq=False)
class ManyMatches(Exception):
    """An external id that more than one record carries: HTTP 300 with their addresses."""

    urls: list[str]


def not_found(message: str = "The requested resource does not exist") -> Refusal:
    return Refusal("NOT_FOUND", message, status=404)


def no_such_type(name: str) -> Refusal:
    return Refusal("INVALID_TYPE", f"sObject type '{name}' is not supported.")


def bad_session() -> Refusal:
    return Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=401)


def limit_exceeded() -> Response:
    """How the org refuses work once its calls of the last 24 hours are used up; there is no Retry-After."""
    return Refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403).as_response()
