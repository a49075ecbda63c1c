"""The control server: seed orders, plan faults, move the clock, read the books, the calls and the mail."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox.faults import BadPlan
from sandbox.page import books_page
from sandbox.smtp import mails
from sandbox.vendor import Vendor
from sandbox.world import World


class Control:
    """Each method is one route; the vendors' own controls are mounted under their names."""

    def __init__(self, world: World, vendors: Mapping[str, Vendor]) -> None:
        self._world, self._vendors = world, vendors

    def app(self) -> Starlette:
        routes = [
            Route("/", self.page),
            Route("/health", self.health),
            Route("/orders", self.order, methods=["POST"]),
            Route("/orders/bulk", self.orders, methods=["POST"]),
            Route("/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/books", self.books),
            Route("/books/{vendor}", self.books_of),
            Route("/calls", self.calls, methods=["GET", "DELETE"]),
            Route("/mail", self.mail),
            Route("/clock", self.clock, methods=["GET", "POST"]),
            *(Mount(f"/{vendor.name}", routes=list(vendor.controls)) for vendor in self._vendors.values()),
        ]
        return Starlette(routes=routes)

    async def page(self, request: Request) -> Response:
        return HTMLResponse(books_page(self._world, self._vendors))

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok", "ports": self._world.ports})

    async def order(self, request: Request) -> Response:
        document = await request.json()
        try:
            with self._world.books.transaction():
                return JSONResponse(self._seed(document), status_code=201)
        except (KeyError, ValueError, TypeError) as refused:
            return _refused(f"not a neutral order document: {type(refused).__name__} {refused}")

    async def orders(self, request: Request) -> Response:
        documents = await request.json()
        try:
            with self._world.books.transaction():
                return JSONResponse([self._seed(document) for document in documents], status_code=201)
        except (KeyError, ValueError, TypeError) as refused:
            return _refused(f"no order was taken; one is not a neutral order: {type(refused).__name__} {refused}")

    async def faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._world.faults.clear(request.query_params.get("contains"))
        elif request.method == "POST":
            wishes = await request.json()
            try:
                with self._world.books.transaction():
                    for wish in wishes if isinstance(wishes, list) else [wishes]:
                        self._world.faults.add(wish)
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
        return JSONResponse({"totals": self._world.calls.totals(), "recent": recent})

    async def mail(self, request: Request) -> Response:
        return JSONResponse(mails(self._world))

    async def clock(self, request: Request) -> Response:
        if request.method == "POST":
            self._world.clock.advance(float((await request.json())["advance_seconds"]))
        clock = self._world.clock
        return JSONResponse({"now": clock.now().isoformat(), "offset_seconds": clock.offset_seconds})

    def _seed(self, document: dict[str, Any]) -> dict[str, Any]:
        return {name: vendor.seed(document) for name, vendor in self._vendors.items()}


def _refused(reason: str, status: int = 422) -> Response:
    return JSONResponse({"error": reason}, status_code=status)
