"""Which systems are told of events: subscriptions, their secrets, and what became of each delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from api.bodies import body_of
from api.documented import ANSWERS, answer, body, page
from api.pages import Limit
from api.returns import by
from domain.webhooks import TYPES
from runtime import inputs
from runtime.documents import plain
from runtime.scope import check_everywhere
from runtime.webhooks import Subscribing
from security.roles import Action, Principal
from store.port import Delivery, Subscription

router = APIRouter(tags=["webhooks"], responses=ANSWERS)
_SECRET = page("the secret, in this answer only", name=str, secret=str)


def _subscribing(request: Request) -> Subscribing:
    found: Subscribing = request.app.state.subscribing
    return found


Books = Annotated[Subscribing, Depends(_subscribing)]


@router.get(
    "/subscriptions",
    responses={200: page("all of them", subscriptions=tuple[Subscription, ...], types=dict[str, str])},
)
async def subscriptions(books: Books, who: Annotated[Principal, by(Action.WEBHOOK_SEE)]) -> dict[str, Any]:
    """Every subscription, never its secret, and the events there are."""
    found = await books.all()
    return {"subscriptions": plain(tuple[Subscription, ...], found), "types": dict(TYPES)}


@router.post("/subscriptions", status_code=201, responses={201: _SECRET}, openapi_extra=body(inputs.SubscriptionInput))
async def add(request: Request, books: Books, who: Annotated[Principal, by(Action.WEBHOOK_EDIT)]) -> dict[str, str]:
    """The secret is in this answer and in no other."""
    given = await body_of(request, inputs.SubscriptionInput)
    check_everywhere(who, "what is told of events")
    return {"name": given.name, "secret": await books.add(given.name, given.url, tuple(given.types), who.name)}


@router.post("/subscriptions/{name}/secret", responses={200: _SECRET}, openapi_extra=body(inputs.RotationInput))
async def rotate(
    name: str, request: Request, books: Books, who: Annotated[Principal, by(Action.WEBHOOK_EDIT)]
) -> dict[str, str]:
    """A new secret; the one before it signs too for a while, so that the receiver can change over."""
    given = await body_of(request, inputs.RotationInput)
    check_everywhere(who, "what is told of events")
    return {"name": name, "secret": await books.rotate(name, who.name, timedelta(hours=given.overlap_hours))}


@router.post(
    "/subscriptions/{name}/state",
    responses={200: page("as it is now", name=str, active=bool)},
    openapi_extra=body(inputs.SwitchInput),
)
async def switch(
    name: str, request: Request, books: Books, who: Annotated[Principal, by(Action.WEBHOOK_EDIT)]
) -> dict[str, Any]:
    """Switched off, it is owed nothing of what happens; switched on, it gets what it is still owed."""
    given = await body_of(request, inputs.SwitchInput)
    check_everywhere(who, "what is told of events")
    await books.switch(name, given.active, who.name)
    return {"name": name, "active": given.active}


@router.post("/subscriptions/{name}/test", status_code=202, responses={202: answer(Delivery, "it is owed one")})
async def test(name: str, books: Books, who: Annotated[Principal, by(Action.WEBHOOK_EDIT)]) -> dict[str, Any]:
    """Send it a test event; its deliveries tell what became of it."""
    check_everywhere(who, "what is told of events")
    document: dict[str, Any] = plain(Delivery, await books.test(name, who.name))
    return document


@router.get(
    "/subscriptions/{name}/deliveries",
    responses={200: page("newest first", name=str, deliveries=tuple[Delivery, ...])},
)
async def deliveries(
    name: str,
    books: Books,
    who: Annotated[Principal, by(Action.WEBHOOK_SEE)],
    dead: Annotated[bool, Query(description="only what was given up")] = False,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Newest first."""
    check_everywhere(who, "what is told of events")
    return {"name": name, "deliveries": plain(tuple[Delivery, ...], await books.deliveries(name, dead, limit))}


@router.post(
    "/subscriptions/{name}/replay",
    status_code=202,
    responses={202: page("how many are owed again", name=str, again=int)},
    openapi_extra=body(inputs.RedeliveryInput),
)
async def replay(
    name: str, request: Request, books: Books, who: Annotated[Principal, by(Action.WEBHOOK_EDIT)]
) -> dict[str, Any]:
    """Deliver again, under the same ids: the named deliveries, or all dead letters."""
    given = await body_of(request, inputs.RedeliveryInput)
    check_everywhere(who, "what is told of events")
    return {"name": name, "again": await books.replay(name, tuple(given.delivery_ids), who.name)}
