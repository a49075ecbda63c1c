"""Composition: from settings to rooms. The one place where vendors and tables are opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.worker import Worker

from activities import queues
from activities.crm import CrmActivities
from activities.erp import ErpActivities
from activities.notify import NotifyActivities
from activities.record import RecordActivities
from activities.storefront import StorefrontActivities
from adapters.crm.dynamics import DynamicsCrm, DynamicsSettings
from adapters.crm.dynamics.preflight import DynamicsPreflight
from adapters.crm.salesforce import SalesforceCrm, SalesforceSettings
from adapters.crm.salesforce.preflight import SalesforcePreflight
from adapters.erp.netsuite import AccessToken, Certificate, Names, NetSuite, NetSuiteSettings
from adapters.erp.netsuite.preflight import NetSuitePreflight
from adapters.erp.tryton import Names as TrytonNames
from adapters.erp.tryton import Tryton, TrytonSettings
from adapters.erp.tryton.preflight import TrytonPreflight
from adapters.notify.preflight import MailPreflight
from adapters.notify.smtp import SmtpNotifier, SmtpSettings
from adapters.storefront.shopify import ShopifySettings, ShopifyStorefront
from adapters.storefront.shopify.preflight import ShopifyPreflight
from adapters.storefront.shopify.webhook import Delivery, delivery
from runtime import sections
from runtime.bookkeeping import Bookkeeping
from runtime.explaining import Explaining
from runtime.policies import policies
from runtime.preflight import Part, TemporalPreflight
from runtime.returns import Returns
from runtime.settings import PREFIX, Settings
from runtime.visibility import Replaying, Sight
from store.port import Stores
from store.preflight import DatabasePreflight
from store.stores import open_ledger_books, open_stores, open_visibility
from workflows.crm_replay import CrmReplay
from workflows.return_lifecycle import ReturnLifecycle


class UnknownQueue(Exception):
    """A worker was asked to serve a queue that these settings do not have; the sentence names those there are."""


def queue_names(settings: Settings) -> tuple[str, ...]:
    """Every task queue of this installation."""
    crm = tuple(queues.crm(org) for org in settings.crm)
    return (queues.RETURNS, queues.STOREFRONT, queues.ERP, queues.HUB, *crm)


@asynccontextmanager
async def returns(settings: Settings, client: Client) -> AsyncIterator[Returns]:
    """What the front doors speak to."""
    async with open_stores(settings.database.url, settings.database.pool_size) as stores:
        yield Returns(client, stores)


@asynccontextmanager
async def shop(settings: Settings) -> AsyncIterator[ShopifyStorefront]:
    """The storefront's door, for what the webhooks have to look up."""
    door = ShopifyStorefront(_shopify(settings))
    try:
        yield door
    finally:
        await door.aclose()


def webhook(settings: Settings, headers: Mapping[str, str], body: bytes) -> Delivery | None:
    """The shop's delivery, or None when its signature or a required header is wrong."""
    return delivery(settings.storefront.client_secret.get_secret_value(), headers, body)


@asynccontextmanager
async def explaining(settings: Settings) -> AsyncIterator[Explaining]:
    """What is asked about a return's numbers; neither the engine nor a vendor is connected."""
    url = settings.database.url
    async with open_stores(url, connections=1) as stores, open_ledger_books(url) as ledger:
        yield Explaining(stores.returns, ledger)


@asynccontextmanager
async def bookkeeping(settings: Settings) -> AsyncIterator[Bookkeeping]:
    """What is asked of the reversal ledger and the ERP's books; neither is connected until it is."""
    erp = _erp(settings)
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
async def replaying(settings: Settings, client: Client) -> AsyncIterator[Replaying]:
    """Shows dead letters of the CRMs again, by the workers."""
    async with open_stores(settings.database.url, connections=1) as stores, sight(settings) as seen:
        yield Replaying(client, seen, stores.returns)


@asynccontextmanager
async def workers(settings: Settings, client: Client, wanted: Sequence[str] = ()) -> AsyncIterator[list[Worker]]:
    """Workers for the wanted queues (none named: all), each with its own measure. Raises UnknownQueue, BadPolicy."""
    known = queue_names(settings)
    for queue in wanted:
        if queue not in known:
            raise UnknownQueue(f"there is no task queue {queue!r}; there are {', '.join(known)}")
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(settings.database.url, settings.database.pool_size))
        yield [await _worker(settings, client, stores, stack, queue) for queue in wanted or known]


async def _worker(settings: Settings, client: Client, stores: Stores, stack: AsyncExitStack, queue: str) -> Worker:
    measure = settings.worker
    grace = timedelta(seconds=measure.grace)
    if queue == queues.RETURNS:
        return Worker(
            client,
            task_queue=queue,
            workflows=[ReturnLifecycle, CrmReplay],
            activities=[RecordActivities(stores.returns).record],
            # Its only activity is local: nothing is ever on this queue for an activity poller.
            no_remote_activities=True,
            max_concurrent_workflow_tasks=measure.workflow_tasks,
            max_concurrent_local_activities=measure.local_activities,
            max_cached_workflows=measure.cached_workflows,
            graceful_shutdown_timeout=grace,
        )
    activities, slots = await _activities(settings, stores, stack, queue)
    return Worker(
        client,
        task_queue=queue,
        activities=activities,
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=grace,
        # Eager dispatch goes around a task queue's own limits, which is what the queues are there for.
        disable_eager_activity_execution=True,
    )


async def _activities(
    settings: Settings, stores: Stores, stack: AsyncExitStack, queue: str
) -> tuple[list[Callable[..., Any]], int]:
    """The activities of a queue and how many run at once."""
    measure = settings.worker
    if queue == queues.STOREFRONT:
        door = await stack.enter_async_context(shop(settings))
        shop_acts = StorefrontActivities(door, stores.returns, policies(settings.files.policies), tuple(settings.crm))
        return [
            shop_acts.load_order, shop_acts.open_storefront_return, shop_acts.stage_goods, shop_acts.pay_out,
            shop_acts.release_goods, shop_acts.cancel_storefront_return,
        ], measure.storefront  # fmt: skip
    if queue == queues.ERP:
        books = _erp(settings)
        stack.push_async_callback(books.close)
        erp = ErpActivities(books, stores.ledger)
        return [
            erp.quote, erp.authorize, erp.receive_goods, erp.revise_quote, erp.post_credit, erp.settle,
            erp.cancel_authorization,
        ], measure.erp  # fmt: skip
    if queue == queues.HUB:
        post = SmtpNotifier(_smtp(settings))
        stack.push_async_callback(post.aclose)
        notify = NotifyActivities(post, stores.returns, stores.outbox)
        return [notify.notify, CrmActivities({}, stores.returns, stores.outbox).park], measure.notices
    org = next(name for name in settings.crm if queues.crm(name) == queue)
    crm = _crm(settings.crm[org], settings.files.ca)
    stack.push_async_callback(crm.aclose)
    return [CrmActivities({org: crm}, stores.returns, stores.outbox).publish], measure.crm


def preflight(settings: Settings) -> tuple[Part, ...]:
    """Every counterpart of these settings, to be examined once; none is connected until then."""
    ca = settings.files.ca
    return (
        Part("database", "", DatabasePreflight(settings.database.url, settings.database.pool_size)),
        Part("temporal", "", TemporalPreflight(settings)),
        Part("shopify", "", ShopifyPreflight(_shopify(settings))),
        _erp_part(settings),
        *(_crm_part(org, given, ca) for org, given in settings.crm.items()),
        Part("mail", "", MailPreflight(_smtp(settings))),
    )


def _erp_part(settings: Settings) -> Part:
    given, ca, calls = settings.erp, _text(settings.files.ca), settings.worker.erp
    if isinstance(given, sections.Tryton):
        return Part("tryton", "", TrytonPreflight(_tryton(given, ca, calls)))
    return Part("netsuite", "", NetSuitePreflight(_netsuite(given, ca, calls)))


def _crm_part(org: str, given: sections.Salesforce | sections.Dynamics, ca: Path | None) -> Part:
    prefix = f"{PREFIX}CRM__{org.upper()}__"
    if isinstance(given, sections.Salesforce):
        return Part("salesforce", org, SalesforcePreflight(_salesforce(given, ca), prefix))
    return Part("dynamics", org, DynamicsPreflight(_dynamics(given, ca), prefix))


def _shopify(settings: Settings) -> ShopifySettings:
    given = settings.storefront
    return ShopifySettings(
        url=given.url,
        client_id=given.client_id,
        client_secret=given.client_secret.get_secret_value(),
        api_version=given.api_version,
        location=given.location,
        ca_file=_text(settings.files.ca),
    )


def _erp(settings: Settings) -> NetSuite | Tryton:
    given, ca, calls = settings.erp, _text(settings.files.ca), settings.worker.erp
    return (
        Tryton(_tryton(given, ca, calls))
        if isinstance(given, sections.Tryton)
        else NetSuite(_netsuite(given, ca, calls))
    )


def _tryton(given: sections.Tryton, ca: str | None, calls: int) -> TrytonSettings:
    names = TrytonNames(
        web_shop=given.web_shop,
        quarantine=given.quarantine_location,
        scrap=given.scrap_location,
        other_payments=given.payment_method,
    )
    return TrytonSettings(given.url, given.database, given.user, given.password.get_secret_value(), ca, calls, names)


def _netsuite(given: sections.NetSuite, ca: str | None, calls: int) -> NetSuiteSettings:
    login: Certificate | AccessToken
    if given.client_id and given.certificate_id and given.private_key_file:
        login = Certificate(given.client_id, given.certificate_id, given.private_key_file.read_text())
    else:
        login = AccessToken(
            given.consumer_key or "", _secret(given.consumer_secret), given.token_id or "", _secret(given.token_secret)
        )
    host = given.account.lower().replace("_", "-")
    return NetSuiteSettings(
        account=given.account,
        base_url=given.base_url or f"https://{host}.suitetalk.api.netsuite.com",
        login=login,
        ca_file=ca,
        concurrency=calls,
        names=Names(shipping_item=given.shipping_item, fee_item=given.fee_item, price_item=given.price_item),
    )


def _smtp(settings: Settings) -> SmtpSettings:
    given = settings.notify
    return SmtpSettings(
        host=given.host,
        port=given.port,
        sender=given.sender,
        security=given.security,
        username=given.username,
        password=given.password.get_secret_value() if given.password else None,
        ca_file=_text(settings.files.ca),
    )


def _crm(given: sections.Salesforce | sections.Dynamics, ca: Path | None) -> SalesforceCrm | DynamicsCrm:
    if isinstance(given, sections.Salesforce):
        return SalesforceCrm(_salesforce(given, ca))
    return DynamicsCrm(_dynamics(given, ca))


def _salesforce(given: sections.Salesforce, ca: Path | None) -> SalesforceSettings:
    return SalesforceSettings(
        url=given.url,
        client_id=given.client_id,
        username=given.username,
        private_key=given.private_key_file.read_text() if given.private_key_file else None,
        client_secret=_secret(given.client_secret) or None,
        profile=given.profile,
        api_version=given.api_version,
        ca_file=_text(ca),
    )


def _dynamics(given: sections.Dynamics, ca: Path | None) -> DynamicsSettings:
    return DynamicsSettings(
        url=given.url,
        authority=given.authority,
        tenant=given.tenant,
        client_id=given.client_id,
        client_secret=given.client_secret.get_secret_value(),
        profile=given.profile,
        ca_file=_text(ca),
    )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _text(path: Path | None) -> str | None:
    return str(path) if path else None
