"""The account's REST server: authentication and the concurrency limit before every service."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.netsuite import oauth2, periods, queries, rates, skew
from sandbox.netsuite.desk import Desk
from sandbox.netsuite.errors import Refused, invalid_login, too_many
from sandbox.netsuite.oauth2 import Tokens
from sandbox.netsuite.queries import Queries
from sandbox.netsuite.records import BASE, Records
from sandbox.netsuite.tba import SignedRequests, is_signed

_LIMIT = 15
_PACE = ("netsuite.pace", "pace")
_GOVERNANCE = "/services/rest/system/v1/governanceLimits"
Answer = Callable[[Request], Awaitable[Response]]


class Account:
    """15 requests at once for the whole account, tokens and signatures really checked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tokens = Tokens(desk.world)
        self._signed = SignedRequests(desk.world.credentials.netsuite)
        self._running = 0

    def app(self) -> Starlette:
        records, asked = Records(self._desk), Queries(self._desk)
        one = f"{BASE}/{{kind}}/{{ref}}"
        return Starlette(routes=[
            Route(oauth2.PATH, self.token, methods=["POST"]),
            Route(queries.PATH, self._guarded(asked.suiteql), methods=["POST"]),
            Route(_GOVERNANCE, self._guarded(self.governance)),
            Route(f"{BASE}/{{kind}}", self._guarded(records.collection), methods=["GET", "POST"]),
            Route(one, self._guarded(records.instance), methods=["GET", "PATCH", "PUT", "DELETE"]),
            Route(f"{one}/!transform/{{target}}", self._guarded(records.transform), methods=["POST"]),
            Route(f"{one}/{{sublist}}", self._guarded(records.sublist)),
        ])  # fmt: skip

    def controls(self) -> tuple[BaseRoute, ...]:
        return (
            Route("/periods", self.close_period, methods=["POST"]),
            Route("/rates", self.set_rate, methods=["POST"]),
            Route("/skew", self.plan_skew, methods=["POST"]),
            Route("/pace", self.set_pace, methods=["POST"]),
        )

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        return self._tokens.issue(form, f"https://{request.headers['host']}{oauth2.PATH}")

    async def governance(self, request: Request) -> Response:
        limit = (self._desk.books.get(*_PACE) or {"limit": _LIMIT})["limit"]
        return JSONResponse({"accountConcurrencyLimit": limit, "accountUnallocatedConcurrencyLimit": limit})

    async def close_period(self, request: Request) -> Response:
        wish = await request.json()
        return self._controlled(lambda: periods.set_closed(self._desk, str(wish["period"]), bool(wish["closed"])))

    async def set_rate(self, request: Request) -> Response:
        wish = await request.json()
        return self._controlled(lambda: rates.set_today(self._desk, wish))

    async def plan_skew(self, request: Request) -> Response:
        wish = await request.json()
        return self._controlled(lambda: skew.plan(self._desk, wish))

    async def set_pace(self, request: Request) -> Response:
        """{"latency_ms": 50, "limit": 15}: how long a request holds its place, and how many places there are."""
        wish = await request.json()
        pace = {"latency_ms": int(wish.get("latency_ms", 0)), "limit": int(wish.get("limit", _LIMIT))}
        self._desk.books.put(*_PACE, pace)
        return JSONResponse(pace)

    def _controlled(self, act: Callable[[], dict[str, object]]) -> Response:
        try:
            with self._desk.books.transaction():
                return JSONResponse(act())
        except Refused as refused:
            return JSONResponse({"error": refused.detail}, 422)

    def _guarded(self, answer: Answer) -> Answer:
        async def guarded(request: Request) -> Response:
            pace = self._desk.books.get(*_PACE) or {"latency_ms": 0, "limit": _LIMIT}
            if self._running >= pace["limit"]:
                return too_many()
            self._running += 1
            try:
                if pace["latency_ms"]:
                    await asyncio.sleep(pace["latency_ms"] / 1000)
                await self._authenticate(request)
                return await answer(request)
            except Refused as refused:
                return refused.response()
            finally:
                self._running -= 1

        return guarded

    async def _authenticate(self, request: Request) -> None:
        header = request.headers.get("authorization", "")
        if is_signed(header):
            query = request.scope.get("query_string", b"").decode("latin-1")
            path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1").partition("?")[0]
            url = f"https://{request.headers['host']}{path}" + (f"?{query}" if query else "")
            kind = request.headers.get("content-type", "")
            self._signed.check(header, request.method, url, await request.body(), kind)
        elif header.lower().startswith("bearer "):
            self._tokens.check(header[len("bearer ") :].strip())
        else:
            raise invalid_login()
