"""Where webhooks of a Dynamics environment come in: each says that it is time to look for changes, and nothing more.

What was changed is read from the environment itself. So a delivery needs no order, no duplicate is looked for, and the
body is not even parsed: it may come stripped of what was changed, and it may be anybody's who knows the key.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse

from api import bodies
from api.documented import PAYLOAD, Answers, page
from api.problems import outage, problem
from runtime.hints import Hints, proven
from runtime.refusals import RetryLater
from runtime.temporal import NoTemporal

router = APIRouter(tags=["webhooks"])
# The platform strips what is larger than 256 KB, and what is left of that is small.
_MOST_BYTES = 524_288
# It waits for a minute; nobody needs that long for a quarter of a megabyte.
_PATIENCE = 10.0
_ANSWERS: Answers = {
    200: page("nobody listens to that org", status=str),
    202: page("somebody looks", status=str),
    401: {"description": "not the key of that org's webhooks"},
    408: {"description": "the body did not come in time"},
    413: {"description": "larger than any webhook"},
    503: {"description": "not taken; deliver it again"},
}


@router.post("/webhooks/dynamics/{org}", responses=_ANSWERS, openapi_extra=PAYLOAD)
async def dynamics(
    request: Request,
    org: str,
    x_webhook_key: Annotated[str, Header()] = "",
    code: Annotated[str, Query()] = "",
) -> JSONResponse:
    """The key comes as the platform sends it: a header of the name x-webhook-key, or `code` in the address."""
    if not proven(request.app.state.settings.crm, org, x_webhook_key or code):
        return problem(401, "Not proven", "there is no such org with webhooks, or this is not its webhooks' key")
    try:
        async with asyncio.timeout(_PATIENCE):
            body = await bodies.read(request, _MOST_BYTES)
    except TimeoutError:
        return problem(408, "Request Timeout", f"a webhook's body must come within {_PATIENCE:.0f} seconds")
    if body is None:
        return problem(413, "Content Too Large", f"a webhook has at most {_MOST_BYTES} bytes")
    hints: Hints = request.app.state.hints
    try:
        heard = await hints.hint(org)
    except (RetryLater, NoTemporal) as error:
        # One of the three statuses after which the platform tries once more.
        return problem(503, "Try again", outage(error))
    return JSONResponse({"status": "taken" if heard else "ignored"}, status_code=202 if heard else 200)
