"""A pretended Dynamics 365 environment: the identity platform, the Dataverse Web API, and the tables of a return."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.dynamics.auth import Identity
from sandbox.dynamics.environment import Environment
from sandbox.dynamics.errors import throttled
from sandbox.dynamics.operations import operation
from sandbox.dynamics.rest import Rest
from sandbox.dynamics.seed import seed
from sandbox.dynamics.tables import TABLES
from sandbox.dynamics.webapi import WebApi
from sandbox.dynamics.webhooks import Webhooks
from sandbox.vendor import Vendor
from sandbox.world import World


def build(world: World) -> Vendor:
    environment = Environment(world)
    webhooks = Webhooks(world)
    identity, web_api = Identity(world, environment), WebApi(world, environment, webhooks)
    rest = Rest(world, environment, identity, web_api)
    methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    routes = [
        Route("/{tenant}/v2.0/.well-known/openid-configuration", identity.discovery, methods=["GET"]),
        Route("/{tenant}/oauth2/v2.0/token", identity.token, methods=["POST"]),
        Route("/api/data/v9.2/{rest:path}", rest.serve, methods=methods),
    ]

    async def settings(request: Request) -> Response:
        """Licences and limits of the environment: GET shows them, POST changes the ones named."""
        if request.method == "GET":
            return JSONResponse(environment.settings())
        wishes = await request.json()
        try:
            with world.books.transaction():
                return JSONResponse(environment.change(dict(wishes)))
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    async def revoke(request: Request) -> Response:
        """Make every token invalid now: the next call of each client meets a 401."""
        with world.books.transaction():
            return JSONResponse({"revoked": identity.revoke_all()})

    async def steps(request: Request) -> Response:
        """Webhook registrations and what became of deliveries: POST adds one, DELETE ends all."""
        wish = await request.json() if request.method == "POST" else {}
        try:
            with world.books.transaction():
                if request.method == "DELETE":
                    webhooks.forget()
                elif request.method == "POST":
                    return JSONResponse(webhooks.register(dict(wish)), status_code=201)
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"steps": webhooks.steps(), "deliveries": webhooks.deliveries()})

    def view() -> dict[str, Any]:
        shown: dict[str, Any] = {table.entity_set: web_api.rows.all(table) for table in TABLES}
        return shown | {"environment": environment.settings()}

    return Vendor(
        name="dynamics",
        app=Starlette(routes=routes),
        operation=operation,
        throttled=throttled,
        seed=lambda document: seed(web_api.rows, document),
        books_view=view,
        controls=(
            Route("/environment", settings, methods=["GET", "POST"]),
            Route("/revoke", revoke, methods=["POST"]),
            Route("/webhooks", steps, methods=["GET", "POST", "DELETE"]),
        ),
        background=webhooks.deliver_forever,
    )
