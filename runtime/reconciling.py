"""What IT may ask of reconciliations: one now, one every so often, and what the last one of each org found.

Raises domain refusals and RetryLater; never an engine's or a vendor's error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities import queues
from domain import ids
from domain.errors import BadInput, WrongStage
from domain.mapping import Matrix
from runtime.comparing import Comparing
from runtime.one_per_org import memo, newest
from runtime.refusals import RetryLater
from store.port import Act, Audit, Drift, Reconciliation, Reconciliations, Watching
from store.port.audit import UNNAMED
from workflows.crm_reconcile import CrmReconcile, Reconcile, Reconciled


@dataclass(frozen=True, slots=True)
class Found:
    run: Reconciliation
    drifts: tuple[Drift, ...]


class Heard:
    """How far an org was listened to. Implements activities.crm_reconcile.Hearing."""

    def __init__(self, watching: Watching, matrix: Matrix) -> None:
        self._watching, self._matrix = watching, matrix

    async def heard(self, org: str) -> datetime | None:
        rules = self._matrix.concept("return")
        if rules is None:
            return None
        found = await self._watching.position(org, rules.object, self._matrix.version)
        return found.saved_at if found is not None else None


class Reconciling:
    """`every` says for each org of the settings how often these have it compared by itself; None: never. Who
    asks for one is told to the audit before it is done."""

    def __init__(
        self, client: Client, runs: Reconciliations, audit: Audit, every: Mapping[str, timedelta | None]
    ) -> None:
        self._client, self._runs, self._audit, self._set, self.orgs = client, runs, audit, every, tuple(every)

    async def run(self, ask: Reconcile, by: str = "") -> Reconciled:
        """Compare now, and wait for it. One that is under way is waited for instead."""
        self._check(ask.org)
        await self._tell(ask, by, "run")
        try:
            done: Reconciled = await self._client.execute_workflow(
                CrmReconcile.run,
                ask,
                id=ids.reconcile_id(ask.org),
                task_queue=queues.RETURNS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=f"compare {ask.org} with the books",
            )
        except WorkflowFailureError as error:
            cause = getattr(error.cause, "cause", None) or error.cause
            raise RetryLater(f"{ask.org} could not be compared: {cause}") from error
        except RPCError as error:
            raise RetryLater(f"the engine did not answer ({error}); the comparison goes on") from error
        return done

    async def begin(self, ask: Reconcile, by: str, mark: str) -> None:
        """Compare now, and do not wait for it. `mark` names the request it is started by, see `asked_for`."""
        self._check(ask.org)
        name = ids.reconcile_id(ask.org)
        try:
            if (await newest(self._client, name)).running:
                raise _under_way(ask.org)
            await self._tell(ask, by, "run")
            await self._client.start_workflow(
                CrmReconcile.run,
                ask,
                id=name,
                task_queue=queues.RETURNS,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=f"compare {ask.org} with the books",
                memo=memo(mark),
            )
        except WorkflowAlreadyStartedError as error:
            raise _under_way(ask.org) from error
        except RPCError as error:
            raise RetryLater(f"the engine did not answer ({error}); ask again") from error

    async def asked_for(self, org: str, mark: str) -> bool:
        """Whether the org's newest comparison is the one this request began."""
        self._check(org)
        try:
            return (await newest(self._client, ids.reconcile_id(org))).asked == mark
        except RPCError as error:
            raise RetryLater(f"the engine did not answer ({error}); ask again") from error

    async def every(self, ask: Reconcile, pause: timedelta | None, by: str = "") -> None:
        """Compare so often from now on; None: no more."""
        self._check(ask.org)
        await self._tell(ask, by, "schedule", every=str(pause or "off"))
        await Comparing(self._client).by_hand(ask, pause, self._set.get(ask.org))

    async def found(self, org: str | None, limit: int) -> tuple[Found, ...]:
        if org is not None:
            self._check(org)
        runs = await self._runs.latest(org)
        return tuple([Found(run, await self._runs.drifts(run.run_id, limit=limit)) for run in runs])

    async def _tell(self, ask: Reconcile, by: str, what: str, **more: str) -> None:
        stream = ids.crm_lane(ask.org)
        told = {"sample": str(ask.sample), "heal": str(ask.heal).lower(), "heal_at_most": str(ask.heal_at_most)}
        await self._audit.append(Act(stream, by or UNNAMED, f"reconciliation:{what}", stream, after=told | more))

    def _check(self, org: str) -> None:
        if org not in self.orgs:
            raise BadInput("org", f"there is no CRM org {org!r}; there are {', '.join(self.orgs) or 'none'}")


def _under_way(org: str) -> WrongStage:
    return WrongStage(f"a comparison of {org} is under way; what it finds is told when it has ended")
