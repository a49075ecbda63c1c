"""Each line of the log about a request carries the request's id, and the trace its caller is in."""

from __future__ import annotations

import io
import json
import logging

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from api.observed import Observed
from runtime.logs import handler
from runtime.sections import Telemetry

TRACE = "0af7651916cd43dd8448eb211c80319c"
LOG = logging.getLogger("observed")


async def telling(scope: Scope, receive: Receive, send: Send) -> None:
    LOG.warning("looked at")
    await PlainTextResponse("done")(scope, receive, send)


async def test_a_line_of_the_log_says_whose_it_is() -> None:
    written = io.StringIO()
    telling_handler = handler(Telemetry(), written)
    LOG.addHandler(telling_handler)
    transport = httpx.ASGITransport(Observed(telling))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            mine = {"X-Request-ID": "mine-1", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
            answers = [await http.get("/", headers=mine), await http.get("/")]
    finally:
        LOG.removeHandler(telling_handler)
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert (first["request_id"], first["trace_id"]) == ("mine-1", TRACE)
    assert answers[0].headers["x-request-id"] == "mine-1"
    assert second["request_id"] == answers[1].headers["x-request-id"] != "mine-1"
