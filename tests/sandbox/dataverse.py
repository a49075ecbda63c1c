"""A Dynamics environment of a test's own, in this process: its clock, limits and rows belong to nobody else."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from sandbox import credentials
from sandbox.books import Books
from sandbox.dynamics import build
from sandbox.world import World
from tests.stack.orders import order

REPRESENTATION = {"Prefer": "return=representation"}


class InProcess(httpx.BaseTransport):
    """Calls an app without a network, one request at a time."""

    def __init__(self, app: ASGIApp) -> None:
        self._transport = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


@dataclass(frozen=True)
class Dataverse:
    world: World
    app: ASGIApp
    api: httpx.Client
    """Signed in; addresses are relative to the Web API."""
    control: httpx.Client
    ids: dict[str, Any]
    """Of one seeded order: account, contact, salesorder, products."""

    def settings(self, **wishes: Any) -> None:
        self.control.post("/environment", json=wishes).raise_for_status()

    def rows(self, query: str, **headers: str) -> list[dict[str, Any]]:
        answer = self.api.get(query, headers=headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    def made(self, entity_set: str, **body: Any) -> str:
        """The new row's id."""
        answer = self.api.post(entity_set, json=body)
        assert answer.status_code == 204, answer.text
        return answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")


def dataverse(folder: Path) -> Dataverse:
    """A new environment; making keys takes long, so `folder` keeps them for the next."""
    world = World(books=Books(":memory:"), issued=credentials.load(folder))
    world.ports["dynamics"] = 443
    vendor = build(world)
    seeded = vendor.seed(order(5001))
    known = world.credentials.dynamics
    app = httpx.Client(transport=InProcess(vendor.app), base_url="https://localhost:443")
    form = {"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.client_secret}
    answer = app.post(f"/{known.tenant}/oauth2/v2.0/token", data={**form, "scope": "https://localhost:443/.default"})
    app.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    app.base_url = httpx.URL("https://localhost:443/api/data/v9.2/")
    controls = InProcess(Starlette(routes=list(vendor.controls)))
    return Dataverse(world, vendor.app, app, httpx.Client(transport=controls, base_url="https://control"), seeded)


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
