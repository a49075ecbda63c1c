"""A pretended Dynamics 365 environment: the identity platform, the Dataverse Web API, and the tables of a return."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.dynamics import privileges, tailoring
from sandbox.dynamics.auth import Identity
from sandbox.dynamics.environment import Environment
from sandbox.dynamics.errors import Fault, throttled
from sandbox.dynamics.operations import complaint, operation, quota
from sandbox.dynamics.rest import Rest
from sandbox.dynamics.seed import seed
from sandbox.dynamics.tables.platform import user_rows
from sandbox.dynamics.values import timestamp
from sandbox.dynamics.webapi import WebApi
from sandbox.dynamics.webhooks import Webhooks
from sandbox.vendor import Vendor
from sandbox.world import World


def build(world: World) -> Vendor:
    environment = Environment(world)
    with world.books.transaction():
        for row in user_rows(timestamp(world.clock.now())):
            if world.books.get("dynamics.systemuser", row["systemuserid"]) is None:
                world.books.put("dynamics.systemuser", row["systemuserid"], row)
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

    async def tailor(request: Request) -> Response:
        """Columns, options and keys that are not as they should be: GET shows what was changed, DELETE undoes it."""
        wish = await request.json() if request.method == "POST" else None
        try:
            with world.books.transaction():
                if request.method == "DELETE":
                    tailoring.undo(world.books)
                elif request.method == "POST":
                    known = {table.name: table for table in web_api.rows.catalogue.tables()}
                    tailoring.change(world.books, known, wish)
        except Fault as fault:
            return JSONResponse({"error": fault.message}, status_code=400)
        return JSONResponse(world.books.all(tailoring.KIND))

    async def rights(request: Request) -> Response:
        """The privileges the application user lacks or has for some rows only: POST names them all."""
        wish = await request.json() if request.method == "POST" else {}
        try:
            with world.books.transaction():
                if request.method == "POST":
                    tables = web_api.rows.catalogue.tables()
                    privileges.change(world.books, tables, list(wish["lacking"]), list(wish.get("narrow") or ()))
        except (Fault, KeyError, TypeError) as error:
            reason = error.message if isinstance(error, Fault) else 'send {"lacking": ["prvReadAccount"]}'
            return JSONResponse({"error": reason}, status_code=400)
        held = {"lacking": privileges.taken_away(world.books), "narrow": privileges.narrowed(world.books)}
        return JSONResponse(held)

    def view() -> dict[str, Any]:
        shown: dict[str, Any] = {table.entity_set: web_api.rows.all(table) for table in web_api.rows.catalogue.tables()}
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
            Route("/tailoring", tailor, methods=["GET", "POST", "DELETE"]),
            Route("/privileges", rights, methods=["GET", "POST"]),
            Route("/webhooks", steps, methods=["GET", "POST", "DELETE"]),
        ),
        background=webhooks.deliver_forever,
        complaint=complaint,
        quota=quota,
        restored=environment.limits.reset,
    )
