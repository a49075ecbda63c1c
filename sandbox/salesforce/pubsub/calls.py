"""What every RPC goes through: an id, the fault plans, the session its metadata names, and the log of calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from grpc import StatusCode
from grpc.aio import ServicerContext

from sandbox.faults import Plan
from sandbox.salesforce.auth import Sessions
from sandbox.salesforce.ids import ORG_ID, canonical
from sandbox.salesforce.pubsub import refusals
from sandbox.salesforce.pubsub.refusals import Refused
from sandbox.world import Call, World

Context = ServicerContext[Any, Any]
TENANT = f"CORE/prod/{ORG_ID}"
# The log of calls speaks HTTP, as everybody else in the sandbox does.
_AS_HTTP = {
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.UNAUTHENTICATED: 401,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ABORTED: 409,
    StatusCode.FAILED_PRECONDITION: 412,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.UNAVAILABLE: 503,
}
_AFTER = ("drop_after", "truncate")


class Calls:
    def __init__(self, world: World, sessions: Sessions) -> None:
        self._world, self._sessions = world, sessions

    def unary(self, name: str, answer: Callable[[Any, str], Awaitable[Any]]) -> Callable[[Any, Context], Any]:
        async def handler(request: Any, context: Context) -> Any:
            rpc = Rpc(self._world, context, name, str(request))
            try:
                await rpc.enter()
                self._check(context)
                reply = await answer(request, rpc.id)
                rpc.answered()
            except Refused as refused:
                rpc.log(_AS_HTTP[refused.status])
                await context.abort(refused.status, refused.details(rpc.id), refused.trailers(rpc.id))
            rpc.log(200)
            return reply

        return handler

    def stream(
        self, name: str, answers: Callable[[AsyncIterator[Any], Rpc], AsyncIterator[Any]]
    ) -> Callable[[AsyncIterator[Any], Context], AsyncIterator[Any]]:
        """A fault plan of a kind that loses the answer breaks the stream after its first message."""

        async def handler(requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
            rpc = Rpc(self._world, context, name, "")
            try:
                await rpc.enter()
                self._check(context)
                rpc.log(200)
                async for reply in answers(requests, rpc):
                    yield reply
                    rpc.answered()
            except Refused as refused:
                rpc.log(_AS_HTTP[refused.status])
                await context.abort(refused.status, refused.details(rpc.id), refused.trailers(rpc.id))

        return handler

    def _check(self, context: Context) -> None:
        given = {str(name): str(value) for name, value in context.invocation_metadata() or ()}
        for name in ("accesstoken", "instanceurl", "tenantid"):
            if not given.get(name, "").strip():
                raise refusals.bad_headers(name)
        # The org's id alone stands for the whole name of the tenant, which ends with it.
        tenant = canonical(given["tenantid"].rpartition("/")[2])
        if tenant != ORG_ID or not self._ours(given["instanceurl"]) or not self._sessions.is_open(given["accesstoken"]):
            raise refusals.unauthenticated()

    def _ours(self, url: str) -> bool:
        given, known = urlsplit(url), urlsplit(self._world.url("salesforce"))
        hosts = {known.hostname, "localhost", "127.0.0.1"}
        return given.scheme == "https" and given.hostname in hosts and (given.port or 443) == known.port


class Rpc:
    """One call under way."""

    def __init__(self, world: World, context: Context, name: str, request: str) -> None:
        self._world, self._context, self._operation = world, context, f"PUBSUB {name}"
        self.id = world.chance.guid("salesforce.rpc")
        self._plan: Plan | None = world.faults.take("salesforce", self._operation, request)
        self._at, self._started = world.clock.now(), time.perf_counter()

    async def enter(self) -> None:
        """Meet the fault plan, unless it is of a kind that strikes after the work."""
        if self._plan is None or self._plan.kind in _AFTER:
            return
        if self._plan.kind == "slow":
            await asyncio.sleep(self._plan.delay_ms / 1000)
        else:
            raise refusals.throttled() if self._plan.kind == "throttle" else refusals.unavailable()

    async def stands(self) -> None:
        """Tell a client that its subscription stands, before there is anything to deliver: by the answer's headers."""
        await self._context.send_initial_metadata(())

    def answered(self) -> None:
        if self._plan is not None and self._plan.kind in _AFTER:
            raise refusals.unavailable("The connection broke.")

    def log(self, status: int) -> None:
        self._world.calls.add(
            Call(
                vendor="salesforce",
                operation=self._operation,
                status=status,
                at=self._at.isoformat(timespec="milliseconds"),
                ms=round((time.perf_counter() - self._started) * 1000, 2),
                fault=None if self._plan is None else self._plan.kind,
                plan=None if self._plan is None else self._plan.id,
            )
        )
