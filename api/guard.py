"""Around every answer: the headers that tell a browser what our pages may do; around every request: how long it may be.

Outside of it only the framework's own answer to what nobody foresaw is made, which takes its headers from here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.marks import RATE
from api.problems import problem
from runtime.rates import WINDOW, Left

# More than any route takes; each has its own, smaller measure.
MOST_BYTES = 4 * 1_048_576
# More than the slowest line needs for that; until then a request holds a place of everybody's.
BODY_SECONDS = 30.0
# Our own files and nothing else: no script or style in a page, no frame around one, no form to elsewhere.
_OURS = (
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
)  # fmt: skip
# A page that is not ours to have written, shown in one of ours: nothing runs in it, nothing is loaded by it, and it is
# of no origin, whoever opens it however.
_SHOWN = (
    "default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "form-action 'none'", "base-uri 'none'",
    "frame-ancestors 'self'", "sandbox",
)  # fmt: skip
_ALWAYS = {
    "Content-Security-Policy": "; ".join(_OURS),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Answers have personal data or say what somebody may see: only files, which say otherwise, are kept anywhere.
    "Cache-Control": "no-store",
}
_TWO_YEARS = "max-age=63072000; includeSubDomains"


def headers(url: str | None) -> Mapping[str, str]:
    """For every answer, where people reach us at `url`."""
    tls = url is not None and url.startswith("https://")
    return _ALWAYS | ({"Strict-Transport-Security": _TWO_YEARS} if tls else {})


def framing() -> Mapping[str, str]:
    """For a page of ours that shows another one within."""
    return {"Content-Security-Policy": "; ".join((*_OURS, "frame-src 'self'"))}


def framed() -> Mapping[str, str]:
    """For the page that is shown there."""
    return {"Content-Security-Policy": "; ".join(_SHOWN), "X-Frame-Options": "SAMEORIGIN"}


class Guard:
    def __init__(self, app: ASGIApp, always: Mapping[str, str]) -> None:
        self._app, self._always = app, always

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._mark(MutableHeaders(scope=message), scope.get(RATE))
            await send(message)

        announced = Headers(scope=scope).get("content-length", "0")
        if not scope["path"].isprintable():
            # PostgreSQL takes no NUL, a log no line of somebody else's making.
            await problem(404, "Not Found", "no address here has control characters in it")(scope, receive, guarded)
        elif announced.isdigit() and int(announced) > MOST_BYTES:
            await problem(413, "Content Too Large", _TOO_LONG)(scope, receive, guarded)
        else:
            await self._app(scope, _measured(receive), guarded)

    def _mark(self, answer: MutableHeaders, left: Left | None) -> None:
        for name, value in self._always.items():
            answer.setdefault(name, value)
        if left is not None:
            answer["RateLimit-Policy"] = f'"calls";q={left.most};w={WINDOW:.0f}'
            answer["RateLimit"] = f'"calls";r={left.calls};t={left.seconds}'


_TOO_LONG = f"a request has at most {MOST_BYTES} bytes"


def _measured(receive: Receive) -> Receive:
    """Ends what is longer than it may be, also when it did not say how long it is, and what takes for ever to come."""
    came, whole, end = 0, False, asyncio.get_running_loop().time() + BODY_SECONDS

    async def measured() -> Message:
        nonlocal came, whole
        if whole:
            # What comes now is that the caller has gone, whenever that is.
            return await receive()
        try:
            async with asyncio.timeout_at(end):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408, f"a request must be here within {BODY_SECONDS:.0f} seconds") from None
        came, whole = came + len(message.get("body", b"")), not message.get("more_body", False)
        if came > MOST_BYTES:
            raise HTTPException(413, _TOO_LONG)
        return message

    return measured
