"""What IT may ask of a backfill: what it would take, to start it, to pause, resume and cancel it, and how far it is.

Raises domain refusals and RetryLater; never an engine's or a vendor's error.
"""

from __future__ import annotations

import asyncio
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
from runtime.one_per_org import memo, newest
from runtime.refusals import RetryLater
from store.port import Act, Audit, Backfill, Backfills
from store.port.audit import UNNAMED
from workflows.crm_backfill import CrmBackfill, CrmForecast, Fill

_ANSWERS_WITHIN = 75


class Backfilling:
    """`orgs` are those of the settings. Who started or steered one is told to the audit before it is done."""

    def __init__(self, client: Client, backfills: Backfills, audit: Audit, orgs: tuple[str, ...]) -> None:
        self._client, self._backfills, self._audit, self._orgs = client, backfills, audit, orgs

    async def forecast(self, whole: Whole, within: float = _ANSWERS_WITHIN) -> Told:
        """What it would take, as a worker finds out who asks the org; waited for so many seconds."""
        self._check(whole.org)
        async with _answers(whole.org, within):
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

    async def start(self, ask: Fill, by: str = "", mark: str = "") -> None:
        """`mark` names the request it is started by, see `asked_for`."""
        org, whole = ask.whole.org, ask.whole
        self._check(org)
        async with _answers(org):
            if (await newest(self._client, ids.backfill_id(org))).running:
                raise _under_way(org)
            told = {"stages": "open" if whole.only_open else "all", "portion": str(ask.most)}
            told |= {"since": whole.since.date().isoformat()} if whole.since else {}
            await self._tell(org, by, "start", told)
            try:
                await self._client.start_workflow(
                    CrmBackfill.run,
                    ask,
                    id=ids.backfill_id(org),
                    task_queue=queues.RETURNS,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    static_summary=f"fill {org}",
                    memo=memo(mark),
                )
            except WorkflowAlreadyStartedError as error:
                raise _under_way(org) from error

    async def asked_for(self, org: str, mark: str) -> bool:
        """Whether the org's newest backfill is the one this request began."""
        self._check(org)
        async with _answers(org):
            return (await newest(self._client, ids.backfill_id(org))).asked == mark

    async def signal(self, org: str, what: str, by: str = "") -> None:
        """`what`: pause, resume or cancel."""
        self._check(org)
        async with _answers(org):
            if not (await newest(self._client, ids.backfill_id(org))).running:
                raise WrongStage(f"no backfill of {org} is under way")
            await self._tell(org, by, what, {})
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

    async def _tell(self, org: str, by: str, what: str, after: dict[str, str]) -> None:
        stream = ids.crm_lane(org)
        await self._audit.append(Act(stream, by or UNNAMED, f"backfill:{what}", stream, after=after))

    def _check(self, org: str) -> None:
        if org not in self._orgs:
            raise BadInput("org", f"there is no CRM org {org!r}; there are {', '.join(self._orgs) or 'none'}")


def _under_way(org: str) -> WrongStage:
    return WrongStage(f"a backfill of {org} is under way; look at `crm backfill status {org}`")


@asynccontextmanager
async def _answers(org: str, within: float = _ANSWERS_WITHIN) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(within):
            yield
    except TimeoutError as error:
        raise RetryLater(f"{org} was not asked within {within:.0f} s: does a worker serve it? Ask again") from error
    except RPCError as error:
        raise RetryLater(f"the engine did not answer ({error}); ask again") from error
