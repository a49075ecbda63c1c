"""The application: what it holds for its lifetime, and its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from temporalio.client import Client

from api import health, hints, looking, notices, problems, returns, webhooks
from api.deliveries import Deliveries
from runtime import logs, telemetry, wiring
from runtime.access import keyholders
from runtime.hints import Hints
from runtime.settings import Settings
from runtime.temporal import connect
from store.stores import open_stores

ROUTERS = (health.router, webhooks.router, hints.router, returns.router, looking.router, notices.router)


def build(settings: Settings) -> FastAPI:
    """Connects to nothing until it is served: a start does not wait for Temporal, `/ready` tells when it is there."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        logs.configure(settings.telemetry)
        end_telemetry = telemetry.start("api")
        try:
            async with (
                open_stores(settings.database.url, settings.database.pool_size) as app.state.stores,
                wiring.shop(settings) as app.state.shop,
            ):
                yield
        finally:
            end_telemetry()

    app = FastAPI(title="Backhaul", summary="Returns as durable workflows", lifespan=lifespan)
    app.state.settings = settings
    app.state.temporal = Temporal(settings)
    app.state.keyholders = keyholders(settings)
    app.state.previews = wiring.previews(settings)
    app.state.deliveries = Deliveries()
    app.state.hints = Hints(app.state.temporal.client)
    problems.register(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


class Temporal:
    """The one client of this process, connected on first use and again after a first use that failed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None

    async def client(self) -> Client:
        """Raises NoTemporal."""
        if self._client is None:
            self._client = await connect(self._settings)
        return self._client
