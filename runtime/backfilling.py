"""What IT may ask of a backfill: what it would take, to start it, to pause, resume and cancel it, and how far it is.

Raises domain refusals and RetryLater; never an engine's or a vendor's error.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities import queues
from activities.crm_backfill import Told, Whole
from domain import ids
from domain.errors import BadInput, WrongStage
from runtime.refusals import RetryLater
from store.port import Backfill, Backfills
from workflows.crm_backfill import CrmBackfill, CrmForecast, Fill

_ANSWERS_WITHIN = 75


class Backfilling:
    """`orgs` are those of the settings."""

    def __init__(self, client: Client, backfills: Backfills, orgs: tuple[str, ...]) -> None:
        self._client, self._backfills, self._orgs = client, backfills, orgs

    async def forecast(self, whole: Whole) -> Told:
        self._check(whole.org)
        async with _answers():
            try:
                told: Told = await self._client.execute_workflow(
                    CrmForecast.run,
                    whole,
                    id=ids.forecast_id(whole.org),
                    task_queue=queues.RETURNS,
                    id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    rpc_timeout=None,
                )
            except WorkflowFailureError as error:
                cause = getattr(error.cause, "cause", None) or error.cause
                raise RetryLater(f"{whole.org} could not be asked: {cause}") from error
        return told

    async def start(self, ask: Fill) -> None:
        org = ask.whole.org
        self._check(org)
        async with _answers():
            try:
                await self._client.start_workflow(
                    CrmBackfill.run,
                    ask,
                    id=ids.backfill_id(org),
                    task_queue=queues.RETURNS,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    static_summary=f"fill {org}",
                )
            except WorkflowAlreadyStartedError as error:
                raise WrongStage(f"a backfill of {org} is under way; look at `crm backfill status {org}`") from error

    async def signal(self, org: str, what: str) -> None:
        """`what`: pause, resume or cancel."""
        self._check(org)
        async with _answers():
            handle = self._client.get_workflow_handle(ids.backfill_id(org))
            try:
                await handle.signal(what)
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    raise WrongStage(f"no backfill of {org} is under way") from error
                raise

    async def status(self, org: str | None) -> tuple[Backfill, ...]:
        if org is not None:
            self._check(org)
        return await self._backfills.latest(org)

    def _check(self, org: str) -> None:
        if org not in self._orgs:
            raise BadInput("org", f"there is no CRM org {org!r}; there are {', '.join(self._orgs) or 'none'}")


@asynccontextmanager
async def _answers() -> AsyncIterator[None]:
    try:
        yield
    except RPCError as error:
        raise RetryLater(f"the engine did not answer ({error}); ask again") from error
