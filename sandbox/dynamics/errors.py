"""Dataverse's own way of saying no: an HTTP status, a hexadecimal code and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response


@dataclass(eq=False)
class Fault(Exception):
    """One request, or one part of a batch, that Dataverse refuses."""

    status: int
    code: str
    message: str

    def as_body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


def bad_request(message: str) -> Fault:
    """The code the OData layer gives to a body or an address it cannot use."""
    return Fault(400, "0x80060888", message)


def invalid_argument(message: str) -> Fault:
    return Fault(400, "0x80040203", message)


def bad_query(message: str) -> Fault:
    return Fault(400, "0x8006088a", f"Bad Request - Error in query syntax. {message}".strip())


def no_such_row(table: str, key: str) -> Fault:
    return Fault(404, "0x80040217", f"{table} With Id = {key} Does Not Exist")


def no_such_key(message: str) -> Fault:
    return Fault(404, "0x80060891", f"A record with the specified key values does not exist in {message} entity")


def no_such_resource(segment: str) -> Fault:
    return Fault(404, "0x8006088a", f"Resource not found for the segment '{segment}'.")


def stale() -> Fault:
    message = "The version of the existing record doesn't match the RowVersion property provided."
    return Fault(412, "0x80060882", message)


def key_exists() -> Fault:
    return Fault(412, "0x80040237", "A record with matching key values already exists.")


def key_violated(key: str, columns: str) -> Fault:
    message = (
        f"Entity Key {key} violated. A record with the same value for {columns} already exists."
        " A duplicate record cannot be created."
    )
    return Fault(412, "0x80060892", message)


_MOST_REQUESTS = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."


def throttled(retry_after: float, code: str = "0x80072322", message: str = _MOST_REQUESTS) -> Response:
    """A service protection limit; the one met most is too many requests of one user on one web server."""
    body = {"error": {"code": code, "message": message}}
    return JSONResponse(body, status_code=429, headers={"Retry-After": f"{retry_after:g}"})
