"""What a request brings: its body as one of our inputs, and its idempotency key."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Header, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from domain import ids
from domain.errors import BadInput
from runtime import reading

M = TypeVar("M", bound=BaseModel)

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="1 to 128 printable characters; the same key is the same message"),
]


def needed(key: str | None) -> str:
    """Without a key a repeated click could be two messages, so nothing is written without one."""
    if key is None:
        raise BadInput("Idempotency-Key", "is missing; send a header with a key of your own for this very message")
    return ids.check_key(key, "Idempotency-Key")


async def read(request: Request, most: int) -> bytes | None:
    """The body as it came; None when it is larger than `most` bytes, which shows before all of it has been read."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > most:
            return None
    return bytes(found)


def check_query(request: Request) -> None:
    """Refuses parameters the route does not have: a misspelt filter that is passed over would show what nobody asked
    for. Pages for people are lenient."""
    route = request.scope["route"]
    if not request.query_params or not isinstance(route, APIRoute) or not route.include_in_schema:
        return
    known = _parameters(route.dependant)
    for name in request.query_params:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise BadInput(reading.shown(name), f"is not a parameter here; there are {there}")


def _parameters(asks: Dependant) -> set[str]:
    return {one.alias for one in asks.query_params}.union(*(_parameters(one) for one in asks.dependencies))


def _check_json(request: Request) -> None:
    """That the body is JSON, as far as it is said. Who says nothing is taken to mean it."""
    kind, _, rest = request.headers.get("content-type", "application/json").partition(";")
    charset = rest.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != "application/json" or charset not in ("", "utf-8"):
        raise HTTPException(415, "send JSON in UTF-8, with 'Content-Type: application/json'")


async def body_of(request: Request, model: type[M], **more: Any) -> M:
    """The JSON body as `model`, checked field by field; `more` are fields that came by another way."""
    _check_json(request)
    found = await read(request, reading.MOST_BYTES)
    if found is None:
        raise HTTPException(413, f"a body has at most {reading.MOST_BYTES} bytes")
    given = reading.read_json(found, "body")
    if isinstance(given, dict):
        for name in more:
            if name in given:
                raise BadInput(name, "goes elsewhere: the key into the Idempotency-Key header, ids into the address")
        given = given | more
    return reading.parsed(model, given)
