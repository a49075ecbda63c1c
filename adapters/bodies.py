"""Bodies of answers: how much of them is taken in, and what of them may be told."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from security.redact import BLANK

# No answer we ask for comes near it. It is counted as unpacked: a small gzip body may hold any amount.
MOST_BYTES = 32 * 1024 * 1024
# How a body came, which is over once it is unpacked.
_FRAMING = frozenset({b"content-length", b"content-encoding", b"transfer-encoding"})
# Shorter words stand in every text.
_LEAST_SECRET = 8


class TooLarge(Exception):
    """The answer holds more than anybody asked for."""


def fits(answer: httpx.Response) -> bool:
    """True when the answer says itself that it is not too large. Many say nothing, or come packed."""
    length = answer.headers.get("content-length", "")
    return length.isdigit() and int(length) <= MOST_BYTES and "content-encoding" not in answer.headers


async def unpacked(answer: httpx.Response) -> httpx.Response:
    """The answer as if it had come plain. Raises TooLarge, also when it is packed twice: so a few bytes become a
    gigabyte at once."""
    if "," in answer.headers.get("content-encoding", ""):
        raise TooLarge
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise TooLarge
    return _with(answer, bytes(body))


def without(answer: httpx.Response, secrets: Iterable[str]) -> httpx.Response:
    """The answer, which has been read, with the secrets blanked."""
    body = answer.content
    for secret in secrets:
        if len(secret) >= _LEAST_SECRET:
            body = body.replace(secret.encode(), BLANK.encode())
    return answer if body == answer.content else _with(answer, body)


def _with(answer: httpx.Response, body: bytes) -> httpx.Response:
    headers = [(name, value) for name, value in answer.headers.raw if name.lower() not in _FRAMING]
    return httpx.Response(answer.status_code, headers=headers, content=body, request=answer.request)
