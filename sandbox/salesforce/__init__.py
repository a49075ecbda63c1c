"""A pretended Salesforce org: OAuth, the versioned REST API, queries, and the objects a return touches."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.salesforce import beyond, feed
from sandbox.salesforce.auth import Sessions, identity_path
from sandbox.salesforce.errors import limit_exceeded
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.operations import complaint, operation, quota
from sandbox.salesforce.org import Org
from sandbox.salesforce.pubsub import PubSub
from sandbox.salesforce.records import Records
from sandbox.salesforce.rest import Rest
from sandbox.salesforce.seed import seed
from sandbox.salesforce.soap import Soap
from sandbox.vendor import Companion, Vendor
from sandbox.world import World

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def build(world: World) -> Vendor:
    org = Org(world)
    sessions = Sessions(world, org)
    rest, records = Rest(world, org, sessions), Records(world, org)
    pubsub = PubSub(world, org, sessions)
    routes = [
        Route("/services/oauth2/token", sessions.token, methods=["POST"]),
        Route("/services/oauth2/revoke", sessions.revoke, methods=["GET", "POST"]),
        Route("/services/oauth2/userinfo", sessions.userinfo, methods=["GET"]),
        Route("/services/data", rest.versions, methods=["GET"]),
        Route("/services/data/", rest.versions, methods=["GET"]),
        Route("/services/data/{rest:path}", rest.serve, methods=_METHODS),
        Route("/services/Soap/u/{rest:path}", Soap(world, org, sessions).serve, methods=["POST"]),
        Route(identity_path(), sessions.userinfo, methods=["GET"]),
        *beyond.routes(sessions),
    ]

    async def settings(request: Request) -> Response:
        """Licences, limits and locks of the org: GET shows them, POST changes the ones named."""
        if request.method == "GET":
            return JSONResponse(org.settings())
        try:
            wishes = await _wishes(request)
            with world.books.transaction():
                return JSONResponse(org.change(wishes))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    async def logout(request: Request) -> Response:
        """End every session now, as an administrator can: the next call of each client meets a 401."""
        with world.books.transaction():
            return JSONResponse({"ended": sessions.end_all()})

    def restored() -> None:
        org.changes.schemas.forget()
        pubsub.break_streams()

    def view() -> dict[str, Any]:
        shown: dict[str, Any] = {each.name: world.books.all(f"salesforce.{each.name}") for each in OBJECTS}
        return shown | {"org": org.settings(), "calls_today": org.used(), "jobs": world.books.all("salesforce.job")}

    return Vendor(
        name="salesforce",
        app=Starlette(routes=routes),
        operation=operation,
        throttled=lambda retry_after: limit_exceeded(),
        seed=lambda document: seed(world, records, document),
        books_view=view,
        controls=(
            Route("/org", settings, methods=["GET", "POST"]),
            Route("/logout", logout, methods=["POST"]),
            *feed.controls(world, org, pubsub),
        ),
        complaint=complaint,
        quota=quota,
        restored=restored,
        companion=Companion("pubsub", pubsub.start, pubsub.stop),
    )


async def _wishes(request: Request) -> dict[str, Any]:
    wishes = await request.json()
    if not isinstance(wishes, dict):
        raise ValueError("send an object of settings")
    return wishes
