"""The application: what it holds for its lifetime, and its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from prometheus_client import CollectorRegistry
from temporalio.client import Client

from api import (
    audit,
    bounces,
    bulk,
    changes,
    console,
    contacts,
    description,
    events,
    guard,
    health,
    hints,
    holds,
    hub,
    identity,
    letters,
    looking,
    mappings,
    notices,
    observed,
    privacy,
    problems,
    returns,
    sessions,
    sign_in,
    steering,
    subscriptions,
    views,
    webhooks,
)  # fmt: skip
from api.console.trouble import trouble
from api.deliveries import Deliveries
from runtime import logs, telemetry, wiring
from runtime.access import Access
from runtime.hints import Hints
from runtime.rates import Rates
from runtime.readiness import Readiness
from runtime.settings import Settings
from runtime.sign_in import SignIn
from runtime.temporal import connect

ROUTERS = (
    health.router, webhooks.router, bounces.router, hints.router, sign_in.router, returns.router, looking.router,
    events.router, views.router, contacts.router, sessions.router, holds.router, changes.router, bulk.router,
    letters.router, hub.router, steering.router, identity.router, mappings.router, audit.router, privacy.router,
    notices.router, subscriptions.router, *console.ROUTERS,
)  # fmt: skip


def build(settings: Settings) -> FastAPI:
    """Connects to nothing until it is served: a start does not wait for Temporal, `/ready` tells when it is there."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        logs.configure(settings.telemetry)
        app.state.metrics = CollectorRegistry()
        end_telemetry = telemetry.start("api", readers=[PrometheusMetricReader(registry=app.state.metrics)])
        try:
            async with (
                wiring.front(settings) as app.state.front,
                wiring.shop(settings) as app.state.shop,
                wiring.auditing(settings, connections=4) as app.state.auditing,
                wiring.newsroom(settings) as app.state.newsroom,
                wiring.issuer(settings) as issuer,
                wiring.subscribing(settings, app.state.temporal.client) as app.state.subscribing,
            ):
                app.state.stores = app.state.front.doors.stores
                app.state.issuer, sessions = issuer, app.state.stores.sessions
                app.state.access = Access(settings, issuer, sessions)
                app.state.sign_in = SignIn(settings, app.state.access, issuer, sessions)
                yield
        finally:
            end_telemetry()

    # No page of the framework's own: it would bring scripts of another site to where people are signed in.
    app = FastAPI(
        title="Backhaul",
        summary="Returns as durable workflows",
        lifespan=lifespan,
        generate_unique_id_function=_operation,
        docs_url=None,
        redoc_url=None,
        # An address that is nearly right is wrong: it would be corrected to whatever host and scheme the caller named.
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.temporal = Temporal(settings)
    app.state.previews = wiring.previews(settings)
    app.state.calls = Rates(settings.api.calls_per_minute)
    app.state.failures = Rates(settings.api.failures_per_minute)
    app.state.begun = Rates(settings.api.calls_per_minute)
    app.state.readiness = Readiness(settings.database.url, app.state.temporal.client)
    app.state.deliveries = Deliveries()
    app.state.hints = Hints(app.state.temporal.client)
    always = guard.headers(settings.api.url)
    problems.register(app, trouble, always)
    app.add_middleware(guard.Guard, always=always)
    app.add_middleware(observed.Observed)
    for router in ROUTERS:
        app.include_router(router)
    description.describe(app)
    return app


def _operation(route: APIRoute) -> str:
    """What a generated client calls it: as we do."""
    return f"{route.endpoint.__module__.rpartition('.')[2]}_{route.name}"


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
