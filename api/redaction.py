"""The shop passes on that a customer asks to be erased. Its signature covers the body and not the topic, so the body
itself has to say what it is."""

from __future__ import annotations

import json
from typing import Any

from domain import ids
from runtime.privacy import Privacy
from runtime.refusals import NotFound

TOPIC = "customers/redact"
_ASKER, _WHY = "shop", "the shop passes on a customer's request"


async def redact(desk: Privacy, event: str, body: bytes) -> dict[str, Any] | None:
    """The answer, the same for every duplicate; None for what is no such request. Raises RetryLater."""
    named = _customer(body)
    if named is None:
        return None
    request_id = ids.erasure_request(f"{_ASKER}\n{event}")
    try:
        subject = await desk.bought(*named, request_id)
    except NotFound as error:
        return {"status": "ignored", "reason": str(error)}
    asked = await desk.erase(request_id, subject, _ASKER, _WHY)
    return {"status": "taken", "request_id": asked.request_id}


def _customer(body: bytes) -> tuple[str, tuple[str, ...]] | None:
    """The number of who is to be erased, and their orders. Not by the mailbox, which may be a household's. What names
    no orders to redact is another topic's body."""
    try:
        payload: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict):
        return None
    orders, customer = payload.get("orders_to_redact"), payload.get("customer")
    if not isinstance(orders, list) or not isinstance(customer, dict) or not isinstance(customer.get("id"), int):
        return None
    return str(customer["id"]), tuple(str(order) for order in orders if isinstance(order, int))
