"""Errors as RFC 9457 problem documents, also those the framework itself answers with; in the console as pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from adapters.crm.mapping import BadMapping
from adapters.errors import VendorError
from api.marks import RATE
from api.observed import HEADER, ID
from domain.errors import BadInput, Refusal
from runtime.rates import TooFast
from runtime.refusals import RetryLater
from runtime.temporal import NoTemporal
from store.port import StoreUnavailable

_LOG = logging.getLogger(__name__)


# By the code of a refusal; what has no row is 422: understood, and refused.
_REFUSALS = {
    "not_found": 404, "wrong_stage": 409, "bad_input": 400, "not_remaining": 409, "taken": 409, "forbidden": 403,
    "unknown_party": 404, "already_settled": 409, "stale": 412, "too_many": 429,
}  # fmt: skip
# Seconds after which what could not be done is worth another try.
_SOON = 2

# Makes a problem a page where people look at it, None where programs do: request, status, detail, field.
Page = Callable[[Request, int, str, str], Response | None]


def problem(status: int, title: str, detail: str, **more: str) -> JSONResponse:
    """`more` are members of our own beside the five of the RFC."""
    document = _document(status, title, detail, **more)
    return JSONResponse(document, status_code=status, media_type="application/problem+json")


def outage(error: Exception) -> str:
    """What of us is away. Where it was looked for, and as whom, is for the log alone: anybody may have asked."""
    match error:
        case NoTemporal():
            name = "Temporal"
        case StoreUnavailable():
            name = "PostgreSQL"
        case _:
            return str(error)
    _LOG.warning("%s: %s", name, error)
    return f"{name} does not answer, or not as it must; the log says more"


def document_of(error: Exception) -> tuple[int, dict[str, Any]]:
    """Status and problem of an error that is foreseen: a rule's no, or somebody who does not answer now."""
    if not isinstance(error, Refusal):
        return 503, _document(503, "Try again", outage(error))
    status = _REFUSALS.get(error.code, 422)
    more = {"code": error.code} | ({"field": error.field} if isinstance(error, BadInput) else {})
    return status, _document(status, HTTPStatus(status).phrase, str(error), **more)


def _document(status: int, title: str, detail: str, **more: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}


def register(app: FastAPI, page: Page, always: Mapping[str, str]) -> None:
    """No answer of this application is an error in any other form. `always` are headers every answer has."""

    def answered(request: Request, status: int, title: str, detail: str, **more: str) -> Response:
        return page(request, status, detail, more.get("field", "")) or problem(status, title, detail, **more)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        answer = answered(request, error.status_code, HTTPStatus(error.status_code).phrase, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        faults = [(".".join(map(str, fault["loc"][1:])), fault["msg"]) for fault in error.errors()]
        detail = "; ".join(f"{field}: {sentence}" for field, sentence in faults)
        return answered(request, 400, "Bad Request", detail, code=BadInput.code, field=faults[0][0])

    @app.exception_handler(Refusal)
    @app.exception_handler(RetryLater)
    @app.exception_handler(NoTemporal)
    @app.exception_handler(StoreUnavailable)
    @app.exception_handler(VendorError)
    @app.exception_handler(BadMapping)
    async def foreseen(request: Request, error: Exception) -> Response:
        status, document = document_of(error)
        more = {name: document[name] for name in ("code", "field") if name in document}
        answer = answered(request, status, document["title"], document["detail"], **more)
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            answer.headers["Retry-After"] = str(_SOON)
        return answer

    @app.exception_handler(TooFast)
    async def too_fast(request: Request, error: TooFast) -> Response:
        request.scope[RATE] = error.left
        answer = answered(request, 429, "Too Many Requests", str(error))
        answer.headers["Retry-After"] = str(error.left.seconds)
        return answer

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        asked = request.scope.get(ID, "")
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error, extra={"request_id": asked})
        detail = f"{type(error).__name__}; the log says more at request {asked}"
        answer = answered(request, 500, "Unexpected error", detail)
        # Made outside of what marks the others.
        answer.headers.update({**always, HEADER: asked})
        return answer
