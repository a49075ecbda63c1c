"""The gate before every vendor's app: reads the request, applies the fault plans, logs the call."""

import asyncio
import time

from starlette.types import Receive, Scope, Send

from sandbox.answers import Answer, answered
from sandbox.faults import Plan
from sandbox.vendor import Vendor
from sandbox.world import Call, World

_BAD_GATEWAY = b"""<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center></body></html>"""


class Gate:
    """An answer is kept whole until it is sent, so a fault can lose or cut it after the vendor has committed."""

    def __init__(self, vendor: Vendor, world: World) -> None:
        self._vendor, self._world = vendor, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _read(receive)
        query = scope.get("query_string", b"").decode("latin-1")
        path = scope["path"] + (f"?{query}" if query else "")
        operation = self._vendor.operation(scope["method"], path, body)
        plan = self._world.faults.take(self._vendor.name, operation, path + body.decode("utf-8", "replace"))
        at, started = self._world.clock.now(), time.perf_counter()
        answer = await self._answer(plan, scope, body)
        self._world.calls.add(
            Call(
                vendor=self._vendor.name,
                operation=operation,
                status=0 if answer is None else answer.status,
                at=at.isoformat(timespec="milliseconds"),
                ms=round((time.perf_counter() - started) * 1000, 2),
                fault=None if plan is None else plan.kind,
                plan=None if plan is None else plan.id,
                quota={} if answer is None else self._vendor.quota(answer.named(), answer.body),
            )
        )
        if answer is None:
            await _break(send)
        else:
            await _send(send, answer)

    async def _answer(self, plan: Plan | None, scope: Scope, body: bytes) -> Answer | None:
        """None when the connection is to be broken."""
        match None if plan is None else plan.kind:
            case "throttle":
                assert plan is not None
                return await answered(self._vendor.throttled(plan.retry_after), scope, body)
            case "error":
                assert plan is not None
                return Answer(plan.status, [(b"content-type", b"text/plain")]).with_body(b"Internal Server Error")
            case "down":
                return Answer(503, [(b"content-type", b"text/plain")]).with_body(b"Service Unavailable")
            case "html":
                return Answer(502, [(b"content-type", b"text/html")]).with_body(_BAD_GATEWAY)
            case "drop_before":
                return None
            case "drop_after":
                await answered(self._vendor.app, scope, body)
                return None
            case "truncate":
                whole = await answered(self._vendor.app, scope, body)
                return whole.with_body(whole.body[: len(whole.body) // 2])
            case "slow":
                assert plan is not None
                await asyncio.sleep(plan.delay_ms / 1000)
        return await answered(self._vendor.app, scope, body)


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _break(send: Send) -> None:
    """Promise more than is sent and leave: uvicorn then closes the connection in the middle of the answer."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
