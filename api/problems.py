"""Errors as RFC 9457 problem documents, also those the framework itself answers with."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from adapters.crm.mapping import BadMapping
from adapters.errors import VendorError
from domain.errors import BadInput, Refusal
from runtime.returns import RetryLater
from runtime.temporal import NoTemporal
from store.port import StoreUnavailable

_LOG = logging.getLogger(__name__)


# By the code of a refusal; what has no row is 422: understood, and refused.
_REFUSALS = {
    "not_found": 404, "wrong_stage": 409, "bad_input": 400, "not_remaining": 409, "taken": 409, "forbidden": 403,
    "unknown_party": 404, "already_settled": 409,
}  # fmt: skip
# Seconds after which what could not be done is worth another try.
_SOON = 2


def problem(status: int, title: str, detail: str, **more: str) -> JSONResponse:
    """`more` are members of our own beside the five of the RFC."""
    return _answer(status, _body(status, title, detail, **more))


def document_of(error: Exception) -> tuple[int, dict[str, Any]]:
    """Status and problem of an error that is foreseen: a rule's no, or somebody who does not answer now."""
    if not isinstance(error, Refusal):
        return 503, _body(503, "Try again", str(error))
    status = _REFUSALS.get(error.code, 422)
    more = {"code": error.code} | ({"field": error.field} if isinstance(error, BadInput) else {})
    return status, _body(status, HTTPStatus(status).phrase, str(error), **more)


def _body(status: int, title: str, detail: str, **more: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}


def _answer(status: int, document: dict[str, Any]) -> JSONResponse:
    answer = JSONResponse(document, status_code=status, media_type="application/problem+json")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(_SOON)
    return answer


def register(app: FastAPI) -> None:
    """No answer of this application is an error in any other form."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        answer = problem(error.status_code, HTTPStatus(error.status_code).phrase, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        return problem(422, "Unprocessable Content", faults)

    @app.exception_handler(Refusal)
    @app.exception_handler(RetryLater)
    @app.exception_handler(NoTemporal)
    @app.exception_handler(StoreUnavailable)
    @app.exception_handler(VendorError)
    @app.exception_handler(BadMapping)
    async def foreseen(request: Request, error: Exception) -> JSONResponse:
        return _answer(*document_of(error))

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem(500, "Unexpected error", f"{type(error).__name__}; the log says more")
