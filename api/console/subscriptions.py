"""Other systems that are told of returns: who they are, their secrets, and what became of each delivery.

A secret is in the answer to the form that made it, and on no other page."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import Allowed
from api.console.forms import check_sure, form, needed, whole
from api.console.rendering import done, page
from api.console.searching import asked
from api.subscriptions import Books
from domain.errors import BadInput
from domain.webhooks import TYPES
from runtime import inputs, reading
from runtime.scope import check_everywhere
from security.roles import Action, Principal

router = APIRouter(include_in_schema=False)
_WHAT = "what other systems are told"
_A_PAGE = 100
_DIGITS = 18  # of a row's number
Sees = Annotated[Principal, Depends(Allowed(Action.WEBHOOK_SEE))]
Edits = Annotated[Principal, Depends(Allowed(Action.WEBHOOK_EDIT))]


@router.get("/console/webhooks")
async def every(request: Request, books: Books, who: Sees) -> HTMLResponse:
    """Never with a secret."""
    check_everywhere(who, _WHAT)
    return page(request, who, "webhooks.html", found=await books.all(), types=TYPES)


@router.post("/console/webhooks")
async def add(request: Request, books: Books, who: Edits) -> HTMLResponse:
    """Answered with the secret, this once. Sent again it is refused: there is a subscription of that name."""
    check_everywhere(who, _WHAT)
    given = await form(request)
    said = {"name": needed(given, "name"), "url": needed(given, "url"), "types": [one for one in TYPES if one in given]}
    new = reading.parsed(inputs.SubscriptionInput, said)
    secret = await books.add(new.name, new.url, tuple(new.types), who.name)
    return page(request, who, "webhook_secret.html", 201, name=new.name, secret=secret, hours=None)


@router.get("/console/webhooks/{name}")
async def one(name: str, request: Request, books: Books, who: Sees) -> HTMLResponse:
    """Its deliveries, the newest first, each with what the receiver answered."""
    check_everywhere(who, _WHAT)
    dead = asked(request).get("dead") == "yes"
    told = await books.deliveries(name, dead, _A_PAGE)
    return page(request, who, "webhook.html", one=await books.known(name), told=told, dead=dead, most=_A_PAGE)


@router.post("/console/webhooks/{name}/secret")
async def rotate(name: str, request: Request, books: Books, who: Edits) -> HTMLResponse:
    """A new secret, in this answer and in no other; the one before it signs too for a while."""
    check_everywhere(who, _WHAT)
    given = await form(request)
    check_sure(given)
    wanted = reading.parsed(inputs.RotationInput, {"overlap_hours": _needed_number(given, "overlap_hours")})
    secret = await books.rotate(name, who.name, timedelta(hours=wanted.overlap_hours))
    return page(request, who, "webhook_secret.html", name=name, secret=secret, hours=wanted.overlap_hours)


@router.post("/console/webhooks/{name}/state")
async def switch(name: str, request: Request, books: Books, who: Edits) -> RedirectResponse:
    check_everywhere(who, _WHAT)
    on = needed(await form(request), "active") == "yes"
    await books.switch(name, on, who.name)
    return _back(name, "switched_on" if on else "switched_off")


@router.post("/console/webhooks/{name}/test")
async def test(name: str, books: Books, who: Edits) -> RedirectResponse:
    check_everywhere(who, _WHAT)
    await books.test(name, who.name)
    return _back(name, "test_sent")


@router.post("/console/webhooks/{name}/replay")
async def replay(name: str, request: Request, books: Books, who: Edits) -> RedirectResponse:
    """One delivery, or all that were given up; under the same ids, so a receiver drops what it has."""
    check_everywhere(who, _WHAT)
    given = await form(request)
    which = [_needed_number(given, "delivery_id")] if "delivery_id" in given else []
    wanted = reading.parsed(inputs.RedeliveryInput, {"delivery_ids": which})
    await books.replay(name, tuple(wanted.delivery_ids), who.name)
    return _back(name, "owed_again")


def _needed_number(given: dict[str, str], name: str) -> int:
    found = whole(given, name, _DIGITS)
    if found is None:
        raise BadInput(name, "is empty; fill it in and send the form again")
    return found


def _back(name: str, what: str) -> RedirectResponse:
    return done(f"/console/webhooks/{name}", what)
