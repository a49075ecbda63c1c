"""The control server: seed orders, plan faults, move the clock, keep snapshots; read books, calls and mail."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox.credentials import wished
from sandbox.faults import BadPlan
from sandbox.page import Pages
from sandbox.smtp import complaint as mail_complaint
from sandbox.smtp import mails
from sandbox.snapshots import BadSnapshot, Snapshots
from sandbox.vendor import Vendor
from sandbox.world import World


class Control:
    """Each method is one route; the vendors' own controls are mounted under their names."""

    def __init__(self, world: World, vendors: Mapping[str, Vendor], snapshots: Snapshots) -> None:
        self._world, self._vendors, self._snapshots = world, vendors, snapshots
        self._complaints = {name: vendor.complaint for name, vendor in vendors.items()} | {"smtp": mail_complaint}

    def app(self) -> Starlette:
        routes = [
            *Pages(self._world, self._vendors).routes(),
            Route("/health", self.health),
            Route("/orders", self.order, methods=["POST"]),
            Route("/orders/bulk", self.orders, methods=["POST"]),
            Route("/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/books", self.books),
            Route("/books/{vendor}", self.books_of),
            Route("/calls", self.calls, methods=["GET", "DELETE"]),
            Route("/mail", self.mail),
            Route("/clock", self.clock, methods=["GET", "POST", "DELETE"]),
            Route("/credentials", self.secrets, methods=["POST", "DELETE"]),
            Route("/snapshots", self.snapshots, methods=["GET", "POST"]),
            Route("/snapshots/{name}", self.snapshot, methods=["DELETE"]),
            Route("/snapshots/{name}/restore", self.restore, methods=["POST"]),
            *(Mount(f"/{vendor.name}", routes=list(vendor.controls)) for vendor in self._vendors.values()),
        ]
        # A wish that cannot be read is the caller's mistake, also where a vendor's own control did not look for it.
        mistakes = dict.fromkeys((KeyError, ValueError, TypeError, AttributeError), _mistake)
        return Starlette(routes=routes, exception_handlers={HTTPException: _no_such_route, **mistakes})

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "ports": self._world.ports, "seed": self._world.seed})

    async def order(self, request: Request) -> Response:
        document = await _json(request)
        try:
            with self._world.books.transaction():
                return JSONResponse(self._seed(document), status_code=201)
        except (KeyError, ValueError, TypeError) as refused:
            return _refused(f"not a neutral order document: {type(refused).__name__} {refused}")

    async def orders(self, request: Request) -> Response:
        documents = await _json(request)
        try:
            with self._world.books.transaction():
                return JSONResponse([self._seed(document) for document in documents], status_code=201)
        except (KeyError, ValueError, TypeError) as refused:
            return _refused(f"no order was taken; one is not a neutral order: {type(refused).__name__} {refused}")

    async def faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.faults.clear(request.query_params.get("contains"))
        elif request.method == "POST":
            wishes = await _json(request)
            try:
                with self._world.books.transaction():
                    for wish in wishes if isinstance(wishes, list) else [wishes]:
                        self._world.faults.add(wish, self._complaints)
            except BadPlan as refused:
                return _refused(str(refused))
        return JSONResponse([asdict(plan) for plan in self._world.faults.plans()])

    async def books(self, request: Request) -> Response:
        return JSONResponse({name: vendor.books_view() for name, vendor in self._vendors.items()})

    async def books_of(self, request: Request) -> Response:
        vendor = self._vendors.get(request.path_params["vendor"])
        if vendor is None:
            return _refused(f"no such vendor; there are {', '.join(self._vendors)}", status=404)
        return JSONResponse(vendor.books_view())

    async def calls(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.calls.clear()
        wanted = request.query_params.get("vendor")
        recent = [asdict(call) for call in self._world.calls.recent if wanted in (None, call.vendor)]
        quota = {call["vendor"]: call["quota"] for call in recent if call["quota"]}
        return JSONResponse({"totals": self._world.calls.totals(), "quota": quota, "recent": recent})

    async def mail(self, request: Request) -> Response:
        return JSONResponse(mails(self._world))

    async def clock(self, request: Request) -> Response:
        clock = self._world.clock
        if request.method == "DELETE":
            clock.reset()
        elif request.method == "POST":
            wish = await _json(request)
            known = ("set", "advance_seconds", "frozen")
            if not isinstance(wish, dict) or not wish or set(wish) - set(known):
                return _refused(f"the clock takes an object with {', '.join(known)}")
            with self._world.books.transaction():
                # First, so that a clock which is set and stopped stands at that very moment.
                if "frozen" in wish:
                    clock.freeze(bool(wish["frozen"]))
                if "set" in wish:
                    moment = datetime.fromisoformat(str(wish["set"]))
                    clock.set(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
                if "advance_seconds" in wish:
                    clock.advance(float(wish["advance_seconds"]))
        shown = {"now": clock.now().isoformat(), "offset_seconds": clock.offset_seconds, "frozen": clock.frozen}
        return JSONResponse(shown)

    async def secrets(self, request: Request) -> Response:
        with self._world.books.transaction():
            if request.method == "DELETE":
                self._world.issue_again()
            else:
                self._world.change_secrets(wished(await _json(request)))
        return Response(status_code=204)

    async def snapshots(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(self._snapshots.all())
        wish = await _json(request)
        try:
            return JSONResponse(self._snapshots.take(str(wish["name"])), status_code=201)
        except BadSnapshot as refused:
            return _refused(str(refused))

    async def snapshot(self, request: Request) -> Response:
        try:
            self._snapshots.delete(request.path_params["name"])
        except BadSnapshot as refused:
            return _refused(str(refused), status=404)
        return Response(status_code=204)

    async def restore(self, request: Request) -> Response:
        try:
            return JSONResponse(self._snapshots.restore(request.path_params["name"]))
        except BadSnapshot as refused:
            return _refused(str(refused), status=404)

    def _seed(self, document: dict[str, Any]) -> dict[str, Any]:
        seeded = {name: vendor.seed(document) for name, vendor in self._vendors.items()}
        return {name: ids for name, ids in seeded.items() if ids}


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"the body is not JSON: {error}") from None


async def _no_such_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _refused(f"{request.method} {request.url.path} is not a control; docs/sandbox.md lists them", status)


async def _mistake(request: Request, error: Exception) -> Response:
    if request.method == "GET":
        raise error
    missing = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
    return _refused(f"{request.method} {request.url.path} cannot use that: {missing}")


def _refused(reason: str, status: int = 422) -> Response:
    return JSONResponse({"error": reason}, status_code=status)
