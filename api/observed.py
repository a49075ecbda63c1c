"""Around every request: its id, in the answer and in each line of the log; its trace, the caller's or a new one; and
how long it took."""

from __future__ import annotations

import re
import time
from uuid import uuid4

from opentelemetry import propagate, trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import measures
from runtime import logs

HEADER = "X-Request-ID"
ID = "backhaul.request_id"
# A caller's own is taken when it may stand in a log as it is.
_TAKEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NO_ROUTE = "none"
_ENDLESS = "text/event-stream"


class Observed:
    """An address with an id in it is never a label or a name of a span: its route is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(HEADER, "")
        scope[ID] = given if _TAKEN.fullmatch(given) else uuid4().hex
        status, endless, began = 500, False, time.perf_counter()

        async def marked(message: Message) -> None:
            nonlocal status, endless
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer[HEADER] = scope[ID]
                status, endless = message["status"], answer.get("content-type", "").startswith(_ENDLESS)
            await send(message)

        tracer, caller = trace.get_tracer("backhaul.api"), propagate.extract(dict(headers))
        with (
            logs.asked(scope[ID]),
            tracer.start_as_current_span(scope["method"], caller, trace.SpanKind.SERVER) as span,
        ):
            try:
                await self._app(scope, receive, marked)
            finally:
                route = getattr(scope.get("route"), "path", _NO_ROUTE)
                span.update_name(f"{scope['method']} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
                if not endless:
                    measures.answered(scope["method"], route, status, time.perf_counter() - began)
