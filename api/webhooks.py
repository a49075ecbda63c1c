"""Where the shop's webhooks come in. A payload is only a wake-up: what it is about is read from the shop itself."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from adapters.errors import Permanent, VendorError
from api.problems import problem
from domain import ids
from domain.errors import Refusal
from domain.returns import Reason, RequestedLine
from runtime import wiring
from runtime.returns import RetryLater, Returns
from runtime.temporal import NoTemporal
from workflows import messages as m

router = APIRouter(tags=["webhooks"])
_REQUESTED = "returns/request"
# Shopify waits five seconds for an answer; the quote may take longer and is not needed here.
_PATIENCE = timedelta(milliseconds=1)


@router.post("/webhooks/shopify", responses={401: {"description": "not signed by the shop"}})
async def shopify(request: Request) -> JSONResponse:
    """A customer's return request in the shop starts a return here; every duplicate finds the same one."""
    state = request.app.state
    body = await request.body()
    delivery = wiring.webhook(state.settings, request.headers, body)
    if delivery is None:
        return problem(401, "Not signed by the shop", "the HMAC signature or a required header is missing or wrong")
    if delivery.topic != _REQUESTED:
        return JSONResponse({"status": "ignored", "topic": delivery.topic})
    reference = _reference(body)
    if reference is None:
        return problem(400, "Unknown payload", "admin_graphql_api_id: a returns/request payload names its return")
    try:
        requested = await state.shop.requested_return(reference)
        desk = Returns(await state.temporal.client(), state.stores)
        key = ids.check_key(f"shop:{requested.reference}")
        lines = tuple(RequestedLine(line.line_id, line.quantity, Reason(line.reason)) for line in requested.lines)
        return_id = ids.return_id(requested.order_id, key)
        start = m.StartReturn(return_id, requested.order_id, lines, key, requested.reference)
        answer = await desk.start(start, _PATIENCE)
    except Refusal as refusal:
        return JSONResponse({"status": "refused", "reason": str(refusal)})
    except Permanent as error:
        return JSONResponse({"status": "ignored", "reason": str(error)})
    except (VendorError, RetryLater, NoTemporal) as error:
        # Not 2xx: the shop delivers it again, later.
        return problem(503, "Try again", str(error))
    return JSONResponse({"status": "taken", "return_id": answer.return_id})


def _reference(body: bytes) -> str | None:
    try:
        payload: Any = json.loads(body)
    except ValueError:
        return None
    reference = payload.get("admin_graphql_api_id") if isinstance(payload, dict) else None
    return reference if isinstance(reference, str) and reference else None
