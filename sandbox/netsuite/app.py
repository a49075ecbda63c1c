"""The account's servers behind one door, and what the control server can do to the account."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from sandbox.netsuite import (
    acts,
    certificates,
    jobs,
    metadata,
    periods,
    preferences,
    queries,
    rates,
    restlets,
    role,
    skew,
)
from sandbox.netsuite.asking import BASE
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.door import LIMIT, PACE, Door
from sandbox.netsuite.errors import Refused
from sandbox.netsuite.jobs import Jobs
from sandbox.netsuite.login import Login
from sandbox.netsuite.queries import Queries
from sandbox.netsuite.records import Records
from sandbox.netsuite.restlets import Restlets

_GOVERNANCE = "/services/rest/system/v1/governanceLimits"


class Account:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.login = Login(desk)
        self._jobs = Jobs(desk, role.Guard(desk, self._services()))

    def app(self) -> ASGIApp:
        one = f"{jobs.PATH}/{{job}}"
        inside = Starlette(
            routes=[
                Route(one, self._jobs.job, methods=["GET"]),
                Route(f"{one}/task", self._jobs.tasks, methods=["GET"]),
                Route(f"{one}/task/{{task}}", self._jobs.task, methods=["GET"]),
                Route(f"{one}/task/{{task}}/result", self._jobs.result, methods=["GET"]),
                Mount("/", app=self._jobs),
            ],
            exception_handlers=_IN_ITS_OWN_WAY,
        )
        return Door(self._desk, self.login, inside)

    def controls(self) -> tuple[BaseRoute, ...]:
        return (
            self._control("/periods", periods.change),
            self._control("/rates", rates.set_today),
            self._control("/skew", skew.plan),
            self._control("/preferences", preferences.change, preferences.all_of),
            self._control("/role", role.change, role.shown),
            self._control("/acts", acts.act),
            self._control("/certificates", certificates.register),
            Route("/pace", self.set_pace, methods=["POST"]),
            Route("/jobs", self.hold_jobs, methods=["POST"]),
        )

    async def governance(self, request: Request) -> Response:
        limit = (self._desk.books.get(*PACE) or {"limit": LIMIT})["limit"]
        limits = {"accountConcurrencyLimit": limit, "accountUnallocatedConcurrencyLimit": limit}
        return JSONResponse(limits | {"integrationLimitType": "accountLimit"})

    async def set_pace(self, request: Request) -> Response:
        """{"latency_ms": 50, "limit": 15}: how long a request holds its place, and how many places there are."""
        wish = await request.json()
        pace = {"latency_ms": int(wish.get("latency_ms", 0)), "limit": int(wish.get("limit", LIMIT))}
        self._desk.books.put(*PACE, pace)
        return JSONResponse(pace)

    async def hold_jobs(self, request: Request) -> Response:
        return JSONResponse(await self._jobs.hold(bool((await request.json())["held"])))

    def _services(self) -> Starlette:
        records, asked, scripts = Records(self._desk), Queries(self._desk), Restlets(self._desk)
        one = f"{BASE}/{{kind}}/{{ref}}"
        return Starlette(
            routes=[
                Route(queries.PATH, asked.suiteql, methods=["POST"]),
                Route(_GOVERNANCE, self.governance, methods=["GET"]),
                Route(metadata.PATH, metadata.catalog, methods=["GET"]),
                Route(f"{metadata.PATH}/", metadata.catalog, methods=["GET"]),
                Route(f"{metadata.PATH}/{{kind}}", metadata.of_type, methods=["GET"]),
                Route(f"{BASE}/{{kind}}", records.collection, methods=["GET", "POST"]),
                Route(one, records.instance, methods=["GET", "PATCH", "PUT", "DELETE"]),
                Route(f"{one}/!transform/{{target}}", records.transform, methods=["POST"]),
                Route(f"{one}/{{rest:path}}", records.subresource, methods=["GET"]),
                Route(restlets.PATH, scripts.restlet, methods=["GET", "POST", "PUT", "DELETE"]),
                Route(restlets.TOKEN_INFO, scripts.token_info, methods=["GET"]),
            ],
            exception_handlers=_IN_ITS_OWN_WAY,
        )

    def _control(self, path: str, act: Callable[[Desk, Doc], Doc], show: Callable[[Desk], Doc] | None = None) -> Route:
        async def acted(request: Request) -> Response:
            if request.method == "GET" and show is not None:
                return JSONResponse(show(self._desk))
            wish = await request.json()
            try:
                with self._desk.books.transaction():
                    return JSONResponse(act(self._desk, wish))
            except Refused as refused:
                return JSONResponse({"error": refused.detail}, 422)

        return Route(path, acted, methods=["GET", "POST"] if show is not None else ["POST"])


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.response()


async def _no_route(request: Request, error: Exception) -> Response:
    """No such address, or a method the address does not have."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        refused = Refused(
            405, "METHOD_NOT_ALLOWED", f"The method {request.method} is not allowed here.", url=request.url.path
        )
        refused.headers |= dict(error.headers or {})
        return refused.response()
    sentence = "The requested resource does not exist."
    return Refused(error.status_code, "INVALID_REQUEST", sentence, url=request.url.path).response()


_IN_ITS_OWN_WAY: Mapping[Any, Callable[[Request, Exception], Any]] = {Refused: _refused, HTTPException: _no_route}
