"""Structured logs: one JSON object per line, carrying the return, the workflow and the trace it belongs to."""

import contextlib
import json
import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from opentelemetry import trace
from temporalio import activity, workflow

from domain.errors import BadInput
from domain.ids import return_of_workflow
from runtime.sections import Telemetry
from security.redact import Redaction

_RETURN: ContextVar[str | None] = ContextVar("return_id", default=None)
_REQUEST: ContextVar[str | None] = ContextVar("request_id", default=None)
# What the standard library puts on every record; anything else came through `extra` and is worth keeping.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Libraries that write out requests, signatures or answers, msal even as an error: our traces and errors tell of the
# calls without what is secret in them.
_TELLING = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "oauthlib": logging.WARNING,
    "urllib3": logging.WARNING,
    "msal": logging.CRITICAL,
}
# Temporal's loggers add their whole context as dictionaries; its parts are already fields of ours.
_TEMPORAL = frozenset({"temporal_workflow", "temporal_activity", "temporal_replay"})


def configure(wanted: Telemetry) -> None:
    """One handler on the root logger, to standard error. Calling it again replaces what it set before."""
    logging.basicConfig(level=wanted.log_level, handlers=[handler(wanted, sys.stderr)], force=True)
    for name, level in _TELLING.items():
        logging.getLogger(name).setLevel(level)


def handler(wanted: Telemetry, stream: TextIO) -> logging.Handler:
    """Adds what a line is about, blanks what is personal, and writes it in the form wanted."""
    made = logging.StreamHandler(stream)
    made.addFilter(Redaction())
    made.addFilter(Context())  # after the other: ids are never personal, and a trace's may look like a telephone number
    plain = "%(asctime)s %(levelname)-7s %(name)s %(message)s"
    made.setFormatter(Json() if wanted.log_format == "json" else logging.Formatter(plain))
    return made


@contextlib.contextmanager
def about(return_id: str) -> Iterator[None]:
    """Everything logged inside is about this return; for places Temporal does not know of, such as the API."""
    token = _RETURN.set(return_id)
    try:
        yield
    finally:
        _RETURN.reset(token)


@contextlib.contextmanager
def asked(request_id: str) -> Iterator[None]:
    """Everything logged inside is about this request over HTTP."""
    token = _REQUEST.set(request_id)
    try:
        yield
    finally:
        _REQUEST.reset(token)


class Context(logging.Filter):
    """Adds return_id, workflow_id, request_id and trace_id where they are known."""

    def filter(self, record: logging.LogRecord) -> bool:
        workflow_id = _workflow_id()
        span = trace.get_current_span().get_span_context()
        record.workflow_id = workflow_id
        record.return_id = _RETURN.get() or _return_id(workflow_id)
        record.request_id = _REQUEST.get() or getattr(record, "request_id", None)
        record.trace_id = trace.format_trace_id(span.trace_id) if span.is_valid else None
        return True


class Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {
            name: value
            for name, value in vars(record).items()
            if name not in _STANDARD and name not in _TEMPORAL and value is not None
        }
        if record.exc_info:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["error"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


def _workflow_id() -> str | None:
    if activity.in_activity():
        return activity.info().workflow_id
    if workflow.in_workflow():
        return workflow.info().workflow_id
    return None


def _return_id(workflow_id: str | None) -> str | None:
    if workflow_id is None:
        return None
    try:
        return return_of_workflow(workflow_id)
    except BadInput:
        return None
