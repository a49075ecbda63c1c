"""Composition: from settings to rooms. The one place where vendors and tables are opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from temporalio.client import Client

from adapters.notify.wording import check
from adapters.sign_in.oidc import OidcIssuer, OidcSettings
from adapters.sign_in.port import Issuer
from adapters.storefront.shopify.webhook import Delivery, delivery
from domain import ids
from domain.returns import Snapshot
from runtime.backfilling import Backfilling
from runtime.bookkeeping import Bookkeeping
from runtime.explaining import Explaining
from runtime.identity import Deciding
from runtime.inbound import Edits, Listening
from runtime.mappings import mapping
from runtime.news import Newsroom
from runtime.notices import Previews, Sendings
from runtime.overview import Overview
from runtime.privacy import Privacy
from runtime.protection import Protection
from runtime.reconciling import Reconciling
from runtime.refusals import NotFound
from runtime.rehearsal import Rehearsal
from runtime.returns import Returns
from runtime.settings import Settings
from runtime.visibility import Replaying, Sight
from runtime.webhooks import Subscribing
from runtime.wiring import vendors
from runtime.wiring.audits import auditing
from runtime.wiring.examinations import mapping_parts, preflight
from runtime.wiring.front import front
from runtime.wiring.serving import UnknownQueue, queue_names, workers
from runtime.wiring.vendors import UnknownOrg, crm_orgs, shop
from store.stores import (
    open_all,
    open_backfills,
    open_kpis,
    open_ledger_books,
    open_news,
    open_persons,
    open_quota,
    open_reconciliations,
    open_stewards,
    open_stores,
    open_visibility,
    open_webhooks,
)

__all__ = [
    "UnknownOrg",
    "UnknownQueue",
    "auditing",
    "backfilling",
    "bookkeeping",
    "crm_orgs",
    "deciding",
    "edits",
    "explaining",
    "front",
    "issuer",
    "listening",
    "mapping_parts",
    "newsroom",
    "overview",
    "preflight",
    "previews",
    "privacy",
    "protection",
    "queue_names",
    "reconciling",
    "rehearsal",
    "replaying",
    "returns",
    "sendings",
    "shop",
    "sight",
    "snapshot",
    "subscribing",
    "webhook",
    "workers",
]


@asynccontextmanager
async def returns(settings: Settings, client: Client) -> AsyncIterator[Returns]:
    """What the front doors speak to."""
    async with open_stores(settings.database.url, settings.database.pool_size) as stores:
        yield Returns(client, stores)


@asynccontextmanager
async def newsroom(settings: Settings) -> AsyncIterator[Newsroom]:
    """Tells those who watch in this process which returns move; connects when the first one comes."""
    async with open_news(settings.database.url) as wire:
        room = Newsroom(wire, settings.api.streams)
        try:
            yield room
        finally:
            await room.end()


@asynccontextmanager
async def issuer(settings: Settings) -> AsyncIterator[Issuer | None]:
    """Where people and programs prove who they are; None where none is set. It is asked when first needed."""
    given = settings.oidc
    if given is None:
        yield None
        return
    secret = given.client_secret.get_secret_value() if given.client_secret else ""
    ca = vendors.text(settings.files.ca)
    opened = OidcIssuer(OidcSettings(given.issuer, given.client_id or "", secret, given.scope, ca))
    try:
        yield opened
    finally:
        await opened.aclose()


def webhook(settings: Settings, headers: Mapping[str, str], body: bytes) -> Delivery | None:
    """The shop's delivery, or None when its signature or a required header is wrong."""
    return delivery(settings.storefront.client_secret.get_secret_value(), headers, body)


def previews(settings: Settings) -> Previews:
    """How notices read; nothing is connected. Raises BadTemplate."""
    templates = vendors.templates(settings)
    return Previews(templates, partial(check, templates))


@asynccontextmanager
async def sendings(settings: Settings) -> AsyncIterator[Sendings]:
    """What became of notices; the engine is not connected."""
    async with open_stores(settings.database.url, connections=1) as stores:
        yield Sendings(stores)


async def snapshot(settings: Settings, return_id: str) -> Snapshot:
    """A return as the books have it. Raises NotFound."""
    async with open_stores(settings.database.url, connections=1) as stores:
        found = await stores.returns.snapshot(ids.check_return_id(return_id))
    if found is None:
        raise NotFound(f"there is no return {return_id}; `list` shows those there are")
    return found


@asynccontextmanager
async def subscribing(settings: Settings, client: Callable[[], Awaitable[Client]]) -> AsyncIterator[Subscribing]:
    """Who is told of events; the engine is connected when a lane is to begin."""
    async with open_webhooks(settings.database.url) as books:
        yield Subscribing(books, client, vendors.box(settings), settings.webhooks.near)


@asynccontextmanager
async def explaining(settings: Settings) -> AsyncIterator[Explaining]:
    """What is asked about a return's numbers; neither the engine nor a vendor is connected."""
    url = settings.database.url
    async with open_stores(url, connections=1) as stores, open_ledger_books(url) as ledger:
        yield Explaining(stores.returns, ledger)


@asynccontextmanager
async def bookkeeping(settings: Settings) -> AsyncIterator[Bookkeeping]:
    """What is asked of the reversal ledger and the ERP's books; neither is connected until it is."""
    erp = vendors.erp(settings)
    try:
        async with open_ledger_books(settings.database.url) as ledger:
            yield Bookkeeping(erp, ledger)
    finally:
        await erp.close()


@asynccontextmanager
async def sight(settings: Settings) -> AsyncIterator[Sight]:
    """What is asked about all that the CRMs show; neither the engine nor a CRM is connected."""
    async with open_visibility(settings.database.url) as visibility:
        yield Sight(visibility, tuple(settings.crm))


@asynccontextmanager
async def rehearsal(settings: Settings, org: str) -> AsyncIterator[Rehearsal]:
    """What an org's mapping would write. Raises BadMapping."""
    given = settings.crm[org]
    mapped, crm = mapping(given), vendors.crm(given, settings.files.ca)
    try:
        async with open_stores(settings.database.url, connections=1) as stores:
            yield Rehearsal(org, mapped, crm, stores.returns)
    finally:
        await crm.aclose()


@asynccontextmanager
async def protection(settings: Settings) -> AsyncIterator[Protection]:
    """What is asked about the CRMs' allowances; neither the engine nor a CRM is connected."""
    async with open_quota(settings.database.url) as quota:
        yield Protection(quota, tuple(settings.crm))


@asynccontextmanager
async def replaying(settings: Settings, client: Client) -> AsyncIterator[Replaying]:
    """Shows dead letters of the CRMs again, by the workers."""
    async with open_stores(settings.database.url, connections=1) as stores, sight(settings) as seen:
        yield Replaying(client, seen, stores.returns, stores.audit)


@asynccontextmanager
async def backfilling(settings: Settings, client: Client) -> AsyncIterator[Backfilling]:
    """Starts and steers backfills; the workers do them."""
    url = settings.database.url
    async with open_backfills(url) as backfills, open_stores(url, connections=1) as stores:
        yield Backfilling(client, backfills, stores.audit, tuple(settings.crm))


@asynccontextmanager
async def reconciling(settings: Settings, client: Client) -> AsyncIterator[Reconciling]:
    """Starts and schedules comparisons of the CRMs with the books; the workers do them."""
    url = settings.database.url
    async with open_reconciliations(url) as runs, open_stores(url, connections=1) as stores:
        every = {org: given.reconcile_every for org, given in settings.crm.items()}
        yield Reconciling(client, runs, stores.audit, every)


@asynccontextmanager
async def overview(settings: Settings) -> AsyncIterator[Overview]:
    """The state of the CRMs on one page; neither the engine nor a CRM is connected."""
    url = settings.database.url
    async with (
        sight(settings) as seen,
        open_kpis(url) as kpis,
        open_backfills(url) as backfills,
        open_reconciliations(url) as runs,
        protection(settings) as protected,
        open_all(url, connections=1) as (_, books),
    ):
        objects = {org: vendors.shown_as(given) for org, given in settings.crm.items()}
        yield Overview(seen, kpis, backfills, runs, protected, books.watching, objects)


@asynccontextmanager
async def listening(settings: Settings, client: Client) -> AsyncIterator[Listening]:
    """The listening to the CRMs, by the workers."""
    async with open_all(settings.database.url, connections=1) as (_, books):
        yield Listening(client, books, tuple(settings.crm))


@asynccontextmanager
async def edits(settings: Settings) -> AsyncIterator[Edits]:
    """What was decided about edits made in the CRMs; neither the engine nor a CRM is connected."""
    async with open_all(settings.database.url, connections=1) as (_, books):
        yield Edits(books)


@asynccontextmanager
async def privacy(settings: Settings, client: Client) -> AsyncIterator[Privacy]:
    """Persons' requests about their data; the workers do what is asked."""
    async with open_persons(settings.database.url) as (erasures, holdings):
        yield Privacy(client, erasures, holdings, tuple(settings.crm))


@asynccontextmanager
async def deciding(settings: Settings) -> AsyncIterator[Deciding]:
    """Who is who, for those who decide about it; neither the engine nor a CRM is connected."""
    async with open_stewards(settings.database.url) as (stewards, weighing, parties):
        yield Deciding(stewards, weighing, parties)
