"""What a request brings: its body as one of our inputs, and its idempotency key."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Header, Request
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


async def body_of(request: Request, model: type[M], **more: Any) -> M:
    """The JSON body as `model`, checked field by field; `more` are fields that came by another way."""
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
