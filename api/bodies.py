"""Bodies of requests, of which no more is read than such a request may have."""

from __future__ import annotations

from fastapi import Request


async def read(request: Request, most: int) -> bytes | None:
    """None when it is larger than `most` bytes, which shows before all of it has been read."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > most:
            return None
    return bytes(found)
