"""From an HTTP request to the Web API and back: token, service protection, transaction, headers."""

from __future__ import annotations

import asyncio
import json
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.dynamics import batch
from sandbox.dynamics.auth import Identity
from sandbox.dynamics.environment import Environment
from sandbox.dynamics.errors import Fault, bad_request, throttled
from sandbox.dynamics.reply import Ask, Reply
from sandbox.dynamics.webapi import WebApi
from sandbox.world import World


class Rest:
    def __init__(self, world: World, environment: Environment, identity: Identity, web_api: WebApi) -> None:
        self._world, self._environment = world, environment
        self._identity, self._web_api = identity, web_api

    async def serve(self, request: Request) -> Response:
        raw = await request.body()
        if not self._identity.valid(request.headers.get("authorization", "")):
            return self._identity.refusal()
        refusal = self._environment.limits.enter()
        if refusal is not None:
            return throttled(refusal.retry_after, refusal.code, refusal.message)
        started = time.perf_counter()
        try:
            return self._response(await self._served(request, raw))
        finally:
            self._environment.limits.leave((time.perf_counter() - started) * 1000)

    async def _served(self, request: Request, raw: bytes) -> Reply:
        latency = float(self._environment.settings()["latency_ms"])
        if latency:
            await asyncio.sleep(latency / 1000)
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.scope["raw_path"].decode() + "?" + request.scope["query_string"].decode()
        try:
            return self._answer(Ask(request.method, target, headers), raw)
        except Fault as fault:
            return Reply(fault.status, fault.as_body())

    def _answer(self, ask: Ask, raw: bytes) -> Reply:
        if ask.target.partition("?")[0].rstrip("/").endswith("/$batch"):
            keep_going = ask.prefers("odata.continue-on-error") is not None
            return batch.answer(ask.headers.get("content-type", ""), raw, keep_going, self._run, self._world.chance)
        if not _is_json(ask.headers.get("content-type", "")):
            return self._run([lambda _: Ask(ask.method, ask.target, ask.headers, None, raw)])[0]
        try:
            body = json.loads(raw) if raw.strip() else None
        except ValueError:
            raise bad_request("An error occurred while validating input parameters: the body is not JSON.") from None
        return self._run([lambda _: Ask(ask.method, ask.target, ask.headers, body, raw)])[0]

    def _run(self, steps: list[batch.Step]) -> list[Reply]:
        """One transaction: a fault undoes all of it."""
        replies: list[Reply] = []
        with self._world.books.transaction():
            for step in steps:
                replies.append(self._web_api.answer(step(replies)))
        return replies

    def _response(self, reply: Reply) -> Response:
        request_id = self._world.chance.guid("dynamics.request")
        headers = {
            "OData-Version": "4.0",
            "x-ms-service-request-id": request_id,
            "REQ_ID": request_id,
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(self._environment.limits.requests_left()),
            "x-ms-ratelimit-time-remaining-xrm-requests": f"{self._environment.limits.seconds_left():.2f}",
        } | reply.headers
        if isinstance(reply.body, str | bytes):
            return Response(reply.body, status_code=reply.status, headers=headers)
        if reply.body is None:
            return Response(status_code=reply.status, headers=headers)
        return JSONResponse(reply.body, status_code=reply.status, headers=headers)


def _is_json(content_type: str) -> bool:
    """Whether the body is a document; anything else but a form, which careless clients say, is a file."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind in ("", "application/x-www-form-urlencoded") or kind.endswith("json")
