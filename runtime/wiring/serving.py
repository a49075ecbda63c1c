"""The workers: which queue is served by which activities."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities import queues
from activities.audit import AuditActivities
from activities.changes import ChangeActivities
from activities.crm import CrmActivities
from activities.crm_backfill import BackfillActivities, Filling
from activities.crm_comparing import Subject
from activities.crm_reconcile import ReconcileActivities
from activities.erasure import ErasureActivities
from activities.erp import ErpActivities
from activities.judging import Org
from activities.notify import NotifyActivities
from activities.people import Intake
from activities.publishing import Basis
from activities.record import RecordActivities
from activities.storefront import StorefrontActivities
from activities.webhooks import WebhookActivities
from adapters.crm.port import Clearing
from adapters.notify.smtp import SmtpNotifier
from runtime import mappings
from runtime.allowance import Metered, TaskQueue
from runtime.audit import signing_times
from runtime.comparing import Comparing
from runtime.credentials.vault import Vault
from runtime.histories import EngineHistories
from runtime.inbound import Desk, begin, hearing
from runtime.policies import policies
from runtime.reconciling import Heard
from runtime.returns import Returns
from runtime.settings import Settings
from runtime.webhooks import begin as begin_lane
from runtime.wiring import vendors
from runtime.wiring.audits import auditing
from runtime.wiring.credentials import vault
from security.sealing import Seal
from store.port import CrmBooks, Stores, StoreUnavailable, WebhookLanes
from store.stores import open_all, open_backfills, open_erasures, open_reconciliations, open_webhooks
from workflows.audit_checkpoint import AuditCheckpoint
from workflows.crm_backfill import CrmBackfill, CrmForecast
from workflows.crm_inbound import CrmInbound
from workflows.crm_reconcile import CrmReconcile
from workflows.crm_replay import CrmReplay
from workflows.erasure import ErasePerson
from workflows.notice_replay import NoticeReplay
from workflows.return_lifecycle import ReturnLifecycle
from workflows.webhook_lane import WebhookLane

_LOG = logging.getLogger(__name__)


class UnknownQueue(Exception):
    """A worker was asked to serve a queue that these settings do not have; the sentence names those there are."""


def queue_names(settings: Settings) -> tuple[str, ...]:
    """Every task queue of this installation."""
    crm = tuple(queues.crm(org) for org in settings.crm)
    return (queues.RETURNS, queues.STOREFRONT, queues.ERP, queues.HUB, queues.WEBHOOKS, *crm)


@asynccontextmanager
async def workers(settings: Settings, client: Client, wanted: Sequence[str] = ()) -> AsyncIterator[list[Worker]]:
    """Workers for the wanted queues (none named: all), each with its own measure. Raises UnknownQueue, BadPolicy."""
    known = queue_names(settings)
    for queue in wanted:
        if queue not in known:
            raise UnknownQueue(f"there is no task queue {queue!r}; there are {', '.join(known)}")
    async with AsyncExitStack() as stack:
        url, connections = settings.database.url, settings.database.pool_size
        stores, kept = await stack.enter_async_context(open_all(url, connections, settings.identity.key))
        safe = await stack.enter_async_context(vault(settings, follow=True))
        served = [await _worker(settings, client, stores, kept, safe, stack, queue) for queue in wanted or known]
        for org, given in settings.crm.items():
            if queues.crm(org) in (wanted or known):
                await begin(client, org, stopped_too=False)
                await Comparing(client).as_set(org, given.reconcile_every)
        if queues.HUB in (wanted or known):
            await signing_times.as_set(client, settings.audit.checkpoint_every if settings.audit.key else None)
        yield served


async def _worker(
    settings: Settings, client: Client, stores: Stores, kept: CrmBooks, safe: Vault, stack: AsyncExitStack, queue: str
) -> Worker:
    measure = settings.worker
    grace = timedelta(seconds=measure.grace)
    if queue == queues.RETURNS:
        return Worker(
            client,
            task_queue=queue,
            workflows=[
                ReturnLifecycle,
                NoticeReplay,
                WebhookLane,
                CrmReplay,
                CrmInbound,
                CrmBackfill,
                CrmForecast,
                CrmReconcile,
                AuditCheckpoint,
                ErasePerson,
            ],
            activities=[RecordActivities(stores.returns).record, ChangeActivities().judge],
            # Its activities are local: nothing is ever on this queue for an activity poller.
            no_remote_activities=True,
            max_concurrent_workflow_tasks=measure.workflow_tasks,
            max_concurrent_local_activities=measure.local_activities,
            max_cached_workflows=measure.cached_workflows,
            graceful_shutdown_timeout=grace,
        )
    activities, slots = await _activities(settings, client, stores, kept, safe, stack, queue)
    return Worker(
        client,
        task_queue=queue,
        activities=activities,
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=grace,
        # Eager dispatch goes around a task queue's own limits, which is what the queues are there for.
        disable_eager_activity_execution=True,
    )


async def _begin_lanes(client: Client, lanes: WebhookLanes) -> None:
    """The engine keeps them, so that they are there already but for the first time and after somebody ended one."""
    try:
        for name in await lanes.active():
            await begin_lane(client, name)
    except StoreUnavailable as error:
        _LOG.warning("lanes of webhooks are not looked after at this start: %s", error)


async def _activities(
    settings: Settings, client: Client, stores: Stores, kept: CrmBooks, safe: Vault, stack: AsyncExitStack, queue: str
) -> tuple[list[Callable[..., Any]], int]:
    """The activities of a queue and how many run at once."""
    measure = settings.worker
    if queue == queues.STOREFRONT:
        door = await stack.enter_async_context(vendors.shop(settings, safe))
        shop_acts = StorefrontActivities(door, stores.returns, policies(settings.files.policies), tuple(settings.crm))
        return [
            shop_acts.load_order, shop_acts.open_storefront_return, shop_acts.stage_goods, shop_acts.pay_out,
            shop_acts.release_goods, shop_acts.cancel_storefront_return,
        ], measure.storefront  # fmt: skip
    if queue == queues.ERP:
        books = vendors.erp(settings, safe)
        stack.push_async_callback(books.close)
        erp = ErpActivities(books, stores.ledger)
        return [
            erp.quote, erp.quote_anew, erp.authorize, erp.receive_goods, erp.revise_quote, erp.post_credit, erp.settle,
            erp.cancel_authorization,
        ], measure.erp  # fmt: skip
    if queue == queues.HUB:
        post = SmtpNotifier(vendors.smtp(settings, safe))
        stack.push_async_callback(post.aclose)
        notify = NotifyActivities(post, stores.returns, stores.notices, vendors.templates(settings))
        audits = AuditActivities(await stack.enter_async_context(auditing(settings)))
        erasing = await _erasing(settings, client, stores, stack)
        return [
            notify.notify,
            audits.sign_checkpoint,
            audits.cut_old_acts,
            erasing.look_at_person,
            erasing.erase_in_books,
            erasing.erase_histories,
            erasing.give_up_part,
            erasing.conclude_erasure,
            CrmActivities({}, stores.returns, stores.outbox, stores.links, stores.parties).park,
        ], measure.notices
    if queue == queues.WEBHOOKS:
        sender = vendors.webhook_sender(settings)
        stack.push_async_callback(sender.aclose)
        # One connection more, which listens.
        connections = settings.database.pool_size + 1
        lanes = await stack.enter_async_context(open_webhooks(settings.database.url, connections))
        patience = settings.webhooks.patience
        assert patience is not None
        told = WebhookActivities(lanes, sender, patience.total_seconds())
        stack.push_async_callback(told.aclose)
        await _begin_lanes(client, lanes)
        return [told.await_due, told.hand_over], measure.webhooks
    org = next(name for name in settings.crm if queues.crm(name) == queue)
    given = settings.crm[org]
    allowance = Metered(org, vendors.terms(given), stores.quota, TaskQueue(client, queue))
    stack.push_async_callback(allowance.aclose)
    secrets_of_org = vendors.kept(safe, given.kind, org)
    crm = vendors.crm(given, settings.files.ca, allowance, secrets_of_org)
    feed = vendors.feed(given, settings.files.ca, allowance, secrets_of_org)
    stack.push_async_callback(crm.aclose)
    stack.push_async_callback(feed.aclose)
    mapped = mappings.mapping(given)
    one_form = partial(mappings.normal, mapped, "return")
    basis = Basis(mapped.matrix(org), kept.agreements, Seal(settings.codec.keys), one_form)
    publishing = CrmActivities({org: crm}, stores.returns, stores.outbox, stores.links, stores.parties, {org: basis})
    heard = Org(
        basis,
        feed,
        crm,
        stores.returns,
        partial(mappings.asked, mapped, "return"),
        Intake(stores.parties, crm),
        given.keep_days,
    )
    backfills = await stack.enter_async_context(open_backfills(settings.database.url))
    bulk = vendors.bulk(given, settings.files.ca, crm)
    fill = BackfillActivities({org: Filling(bulk, crm, basis)}, backfills, stores.links, stores.parties)
    runs = await stack.enter_async_context(open_reconciliations(settings.database.url))
    subject = Subject(crm, feed, basis, vendors.counts(given), given.keep_days)
    # What is hashed is compared within one run, so nobody needs to keep the key.
    erasing = await _erasing(settings, client, stores, stack, {org: crm})
    heard_at, key = Heard(kept.watching, basis.matrix), secrets.token_bytes(32)
    compare = ReconcileActivities({org: subject}, runs, kept.keeping, key, heard_at)
    return [
        fill.forecast_backfill, fill.begin_backfill, fill.load_portion, fill.mark_backfill, compare.open_run,
        compare.compare_sample, compare.compare_part, compare.conclude_run, compare.note_healed,
        publishing.publish, erasing.erase_in_crm, *hearing(heard, kept, stores.links, Desk(Returns(client, stores))),
    ], measure.crm  # fmt: skip


async def _erasing(
    settings: Settings, client: Client, stores: Stores, stack: AsyncExitStack,
    crms: Mapping[str, Clearing] | None = None,
) -> ErasureActivities:  # fmt: skip
    erasures = await stack.enter_async_context(open_erasures(settings.database.url, settings.identity.key))
    return ErasureActivities(erasures, stores.returns, EngineHistories(client), crms)
