"""Where the shop's webhooks come in. A payload is only a wake-up: what it is about is read from the shop itself."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from adapters.errors import NoSuchRecord, VendorError
from adapters.storefront.port import RequestedReturn
from api import bodies, redaction
from api.deliveries import Deliveries
from api.documented import PAYLOAD, Answers, page
from api.problems import outage, problem
from domain import ids
from domain.errors import Refusal
from domain.returns import Reason, RequestedLine
from runtime import wiring
from runtime.front import Front
from runtime.refusals import RetryLater
from runtime.returns import Returns
from runtime.temporal import NoTemporal
from store.port import StoreUnavailable
from workflows import messages as m

_LOG = logging.getLogger(__name__)
router = APIRouter(tags=["webhooks"])
_REQUESTED = "returns/request"
# Shopify hangs up after five seconds and delivers again; the quote may take longer and is not needed here.
_PATIENCE = 4.0
# Left for whoever comes last when the others took long.
_LEAST = 0.5
# A returns/request payload is some kilobytes. What is larger is not read, let alone hashed.
_MOST_BYTES = 1_048_576
_ANSWERS: Answers = {
    200: page("what was done with it", {"topic": str, "reason": str, "return_id": str, "request_id": str}, status=str),
    400: {"description": "signed, but not a payload of its topic, or days old"},
    401: {"description": "not signed by the shop"},
    408: {"description": "the body did not come in time"},
    413: {"description": "larger than any webhook"},
    503: {"description": "not taken; deliver it again"},
}


@router.post("/webhooks/shopify", responses=_ANSWERS, openapi_extra=PAYLOAD)
async def shopify(request: Request) -> JSONResponse:
    """A customer's return request in the shop starts a return here; every duplicate finds the same one."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(_PATIENCE):
            body = await bodies.read(request, _MOST_BYTES)
    except TimeoutError:
        return problem(408, "Request Timeout", f"a webhook's body must come within {_PATIENCE:.0f} seconds")
    if body is None:
        return problem(413, "Content Too Large", f"a webhook has at most {_MOST_BYTES} bytes")
    delivery = wiring.webhook(request.app.state.settings, request.headers, body)
    if delivery is None:
        return problem(401, "Not signed by the shop", "the HMAC signature or a required header is missing or wrong")
    if delivery.topic not in (_REQUESTED, redaction.TOPIC):
        return JSONResponse({"status": "ignored", "topic": delivery.topic})
    if delivery.stale(datetime.now(UTC)):
        return problem(400, "Stale", "X-Shopify-Triggered-At is days ago: this is no delivery of the shop's any more")
    if delivery.topic == redaction.TOPIC:
        return await _redact(request, delivery.event, body)
    deliveries: Deliveries = request.app.state.deliveries
    known = deliveries.answer(delivery.event, body)
    if known is not None:
        return JSONResponse(known)
    reference = _reference(body)
    if reference is None:
        return problem(400, "Unknown payload", "admin_graphql_api_id: a returns/request payload names its return")
    try:
        answer = await _start(request, reference, began)
    except (VendorError, RetryLater, NoTemporal, StoreUnavailable) as error:
        # Not 2xx: the shop delivers it again, later.
        return problem(503, "Try again", outage(error))
    except TimeoutError:
        return problem(503, "Try again", "the shop did not answer in time")
    deliveries.note(delivery.event, body, answer)
    _LOG.info("webhook %s, event %s, delivery %s: %s", delivery.topic, delivery.event, delivery.delivery, answer)
    return JSONResponse(answer)


async def _redact(request: Request, event: str, body: bytes) -> JSONResponse:
    front: Front = request.app.state.front
    try:
        answer = await redaction.redact(front.privacy(await request.app.state.temporal.client()), event, body)
    except (RetryLater, NoTemporal, StoreUnavailable) as error:
        return problem(503, "Try again", outage(error))
    if answer is None:
        return problem(400, "Unknown payload", f"customer: a {redaction.TOPIC} payload names one, and orders_to_redact")
    return JSONResponse(answer)


async def _start(request: Request, reference: str, began: float) -> dict[str, Any]:
    """The answer, which holds for every duplicate. Raises what may go better later."""
    state = request.app.state
    try:
        async with asyncio.timeout(_left(began)):
            requested = await state.shop.requested_return(reference)
        start = _message(requested)
        client = await state.temporal.client()
        answer = await Returns(client, state.stores).start(start, timedelta(seconds=_left(began)))
    except Refusal as refusal:
        return {"status": "refused", "reason": str(refusal)}
    except NoSuchRecord as error:
        # The shop knows no such return (any more): delivering it again would not help, and after some failures in a
        # row the shop would end the subscription.
        _LOG.warning("a %s for %s is ignored: %s", _REQUESTED, reference, error)
        return {"status": "ignored", "reason": str(error)}
    return {"status": "taken", "return_id": answer.return_id}


def _left(began: float) -> float:
    """Seconds of our patience, of which a delivery has but one."""
    return max(_PATIENCE - (time.monotonic() - began), _LEAST)


def _message(requested: RequestedReturn) -> m.StartReturn:
    """The shop's own request is the idempotency key. Its lines may name one order line several times, by parcel."""
    key = ids.check_key(f"shop:{requested.reference}")
    lines: dict[str, RequestedLine] = {}
    for line in requested.lines:
        before = lines.get(line.line_id)
        quantity = line.quantity + (before.quantity if before else 0)
        lines[line.line_id] = RequestedLine(line.line_id, quantity, before.reason if before else Reason(line.reason))
    return_id = ids.check_return_id(ids.return_id(requested.order_id, key))
    return m.StartReturn(return_id, requested.order_id, tuple(lines.values()), key, requested.reference)


def _reference(body: bytes) -> str | None:
    try:
        payload: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    reference = payload.get("admin_graphql_api_id") if isinstance(payload, dict) else None
    return reference if isinstance(reference, str) and reference else None
