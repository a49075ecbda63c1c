"""What is asked of the listening to the CRMs: start, stop, look; why a value is as it is; what people decide.

Raises domain refusals and RetryLater; never an engine's or a vendor's error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities import queues
from activities.crm_inbound import InboundActivities
from activities.desk import ReturnDesk
from activities.judging import Org
from adapters.errors import Retryable
from domain import ids
from domain.change_request import Answered, ChangeRequest
from domain.errors import BadInput
from runtime.refusals import RetryLater
from store.port import Conflict, CrmBooks, Item, ItemKind, Position
from store.port.links import Links
from workflows.crm_inbound import QUERY_STATE, SIGNAL_HINT, SIGNAL_STOP, CrmInbound, Inbound, InboundState

_QUERY_PATIENCE = timedelta(seconds=5)

# What may be decided about an item, and what it means.
CHOICES: Mapping[ItemKind, Mapping[str, str]] = {
    ItemKind.SWINGING: {"follow": "edits of the field are followed again", "done": "it stays frozen"},
    ItemKind.MANUAL: {"ours": "our value stands", "theirs": "the CRM's value stands"},
    ItemKind.MASS_DELETE: {"conclude": "they are deleted", "look_again": "everything is compared once more"},
    ItemKind.DELETED: {"done": "seen"},
    ItemKind.DELETED_AGAIN: {"show": "it may be made once more", "done": "it stays deleted"},
    ItemKind.POISON: {"retry": "the record is read and dealt with again", "done": "the change is dropped"},
    ItemKind.SILENT: {"done": "seen"},
}


@dataclass(frozen=True, slots=True)
class Running:
    """How the listening to one org stands. `status` is running, stopped, never or the engine's word for how it ended;
    `state` is what a running one tells about itself, if a worker answers."""

    org: str
    status: str
    state: InboundState | None
    positions: tuple[Position, ...]


class Listening:
    """`orgs` are those of the settings."""

    def __init__(self, client: Client, books: CrmBooks, orgs: tuple[str, ...]) -> None:
        self._client, self._books, self._orgs = client, books, orgs

    async def start(self, org: str | None = None) -> dict[str, bool]:
        """By org, whether it was started now (else it runs already)."""
        return {one: await begin(self._client, one, stopped_too=True) for one in self._chosen(org)}

    async def stop(self, org: str | None = None) -> dict[str, bool]:
        """By org, whether it ran. What is under way is saved; started again, it goes on where it was. A worker that
        starts leaves it stopped, for as long as the engine remembers workflows that ended."""
        return {one: await self._signal(one, SIGNAL_STOP) for one in self._chosen(org)}

    async def status(self, org: str | None = None) -> tuple[Running, ...]:
        return tuple([await self._status(one) for one in self._chosen(org)])

    async def resolve(self, item_id: int, choice: str, by: str, note: str) -> Item:
        """Raises BadInput for an item that is not open, and for a choice it does not have."""
        known = {item.item_id: item for item in await self._books.items.listed()}
        item = known.get(item_id)
        if item is None:
            raise BadInput("item", f"there is no open item {item_id}; `crm items` lists them")
        if choice not in CHOICES[item.kind]:
            raise BadInput("choice", f"of an item of the kind {item.kind} one of {', '.join(CHOICES[item.kind])}")
        found = await self._books.items.resolve(item_id, choice, by, note)
        if found is None:
            raise BadInput("item", f"somebody else has just resolved item {item_id}")
        if found.org in self._orgs:
            await self._signal(found.org, SIGNAL_HINT)
        return found

    def _chosen(self, org: str | None) -> tuple[str, ...]:
        if org is not None and org not in self._orgs:
            raise BadInput("org", f"there is no CRM org {org!r}; there are {', '.join(self._orgs) or 'none'}")
        return (org,) if org is not None else self._orgs

    async def _signal(self, org: str, signal: str) -> bool:
        try:
            await self._client.get_workflow_handle(ids.inbound_id(org)).signal(signal)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise RetryLater(f"the engine did not answer ({error})") from error
        return True

    async def _status(self, org: str) -> Running:
        handle = self._client.get_workflow_handle(ids.inbound_id(org))
        positions = await self._books.watching.positions(org)
        try:
            status = (await handle.describe()).status
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return Running(org, "never", None, positions)
            raise RetryLater(f"the engine did not answer ({error})") from error
        if status is WorkflowExecutionStatus.RUNNING:
            return Running(org, "running", await self._state(org), positions)
        stopped = status is WorkflowExecutionStatus.COMPLETED
        return Running(org, "stopped" if stopped else str(status and status.name.lower()), None, positions)

    async def _state(self, org: str) -> InboundState | None:
        handle = self._client.get_workflow_handle(ids.inbound_id(org))
        try:
            state: InboundState = await handle.query(QUERY_STATE, result_type=InboundState, rpc_timeout=_QUERY_PATIENCE)
        except (RPCError, WorkflowQueryFailedError):
            return None
        return state


class Edits:
    """What was decided, and what is left to people; neither the engine nor a CRM is connected."""

    def __init__(self, books: CrmBooks) -> None:
        self._books = books

    async def conflicts(self, org: str | None, of: str | None, limit: int) -> tuple[Conflict, ...]:
        return await self._books.agreements.conflicts(org, of, limit)

    async def items(self, org: str | None, resolved: bool) -> tuple[Item, ...]:
        return await self._books.items.listed(org, resolved)

    async def item(self, item_id: int) -> Item | None:
        """The open one of this number."""
        return next((one for one in await self._books.items.listed() if one.item_id == item_id), None)


class Desk:
    """Implements activities.desk.ReturnDesk with what every front door speaks to."""

    def __init__(self, returns: ReturnDesk) -> None:
        self._returns = returns

    async def ask(self, return_id: str, request: ChangeRequest, note: str = "") -> Answered:
        try:
            return await self._returns.ask(return_id, request, note)
        except RetryLater as error:
            raise Retryable("returns", f"ask {return_id}", str(error)) from error


def hearing(org: Org, books: CrmBooks, links: Links, desk: ReturnDesk) -> list[Callable[..., Any]]:
    """The activities by which an org is listened to, for the worker of its queue."""
    acts = InboundActivities({org.name: org}, books, links, desk)
    return [acts.watched, acts.listen, acts.compare, acts.look_at]


async def begin(client: Client, org: str, *, stopped_too: bool) -> bool:
    """Start listening to an org; False when it runs already, or was stopped by somebody and that counts."""
    reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE if stopped_too else WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
    try:
        await client.start_workflow(
            CrmInbound.run,
            Inbound(org),
            id=ids.inbound_id(org),
            task_queue=queues.RETURNS,
            id_reuse_policy=reuse,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"listen to {org}",
        )
    except WorkflowAlreadyStartedError:
        return False
    except RPCError as error:
        raise RetryLater(f"the engine did not answer ({error})") from error
    return True
