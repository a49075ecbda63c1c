"""From an HTTP request to the Web API and back: token, service protection, transaction, headers."""

from __future__ import annotations

import json
import uuid

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
        wait = self._environment.admit()
        if wait is not None:
            return throttled(wait)
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.scope["raw_path"].decode() + "?" + request.scope["query_string"].decode()
        try:
            reply = self._answer(Ask(request.method, target, headers), raw)
        except Fault as fault:
            reply = Reply(fault.status, fault.as_body())
        return self._response(reply)

    def _answer(self, ask: Ask, raw: bytes) -> Reply:
        if ask.target.partition("?")[0].rstrip("/").endswith("/$batch"):
            keep_going = ask.prefers("odata.continue-on-error") is not None
            return batch.answer(ask.headers.get("content-type", ""), raw, keep_going, self._run)
        try:
            body = json.loads(raw) if raw.strip() else None
        except ValueError:
            raise bad_request("An error occurred while validating input parameters: the body is not JSON.") from None
        return self._run([Ask(ask.method, ask.target, ask.headers, body)])[0]

    def _run(self, asks: list[Ask]) -> list[Reply]:
        """One transaction: a fault undoes all of it."""
        with self._world.books.transaction():
            return [self._web_api.answer(ask) for ask in asks]

    def _response(self, reply: Reply) -> Response:
        request_id = str(uuid.uuid4())
        headers = {
            "OData-Version": "4.0",
            "x-ms-service-request-id": request_id,
            "REQ_ID": request_id,
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(self._environment.remaining()),
            "x-ms-ratelimit-time-remaining-xrm-requests": "1200.00",
        } | reply.headers
        if isinstance(reply.body, str):
            return Response(reply.body, status_code=reply.status, headers=headers)
        if reply.body is None:
            return Response(status_code=reply.status, headers=headers)
        return JSONResponse(reply.body, status_code=reply.status, headers=headers)
