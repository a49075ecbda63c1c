"""Erasing a person: the look whether anything is still open, and one activity for each place that keeps something.

Everything may be repeated: what is gone is not erased again. Requests, arguments and answers hold ids only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from temporalio import activity

from activities.errors import speaks_temporal
from adapters.crm.port import Clearing
from adapters.errors import Permanent, Retryable
from domain import erasure, ids
from domain.errors import BadInput
from domain.identity.record import ACCOUNT, CONTACT, Ref
from store.port import Erasure, Erasures, ErasureState, Part, Returns

BOOKS, HISTORIES, ELSEWHERE = "books", "histories", "elsewhere"


class Histories(Protocol):
    """The engine's histories of workflows."""

    async def running(self, workflow: str) -> bool: ...

    async def delete(self, workflow: str) -> int:
        """All histories of this id that have ended; answers how many there still were."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """`open` are the returns that are waited for. `over`: the request was withdrawn or is done."""

    open: tuple[str, ...] = ()
    over: bool = False


@dataclass(frozen=True, slots=True)
class InCrm:
    request_id: str
    org: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A part that was given up, and why."""

    request_id: str
    part: str
    why: str


class ErasureActivities:
    """`crms` are those of this worker's queue."""

    def __init__(
        self, erasures: Erasures, returns: Returns, histories: Histories, crms: Mapping[str, Clearing] | None = None
    ) -> None:
        self._erasures, self._returns, self._histories, self._crms = erasures, returns, histories, crms or {}

    @activity.defn
    @speaks_temporal
    async def look_at_person(self, request_id: str) -> Looked:
        """What keeps the request waiting. Once anything was erased nothing does: the rest is erased as well."""
        asked = await self._erasures.looked(request_id)
        if asked is None:
            raise BadInput("request_id", f"there is no request {request_id}")
        if asked.state in (ErasureState.WITHDRAWN, ErasureState.DONE):
            return Looked(over=True)
        if asked.state is not ErasureState.WAITING:
            return Looked()
        waits_for = tuple([one for one in asked.subject.returns if await self._is_open(one)])
        await self._erasures.move(request_id, ErasureState.WAITING if waits_for else ErasureState.ERASING, waits_for)
        return Looked(waits_for)

    @activity.defn
    @speaks_temporal
    async def erase_in_books(self, request_id: str) -> None:
        done = await self._erasures.erase(request_id)
        asked = await self._asked(request_id)
        before = next((part.what for part in asked.parts if part.name == BOOKS), {})
        # A repeat after a lost answer finds nothing; what the first one found is what counts.
        counted = {name: str(max(many, int(before.get(name, "0")))) for name, many in done.items()}
        await self._erasures.note(request_id, Part(BOOKS, counted))

    @activity.defn
    @speaks_temporal
    async def erase_in_crm(self, ask: InCrm) -> None:
        crm = self._crms.get(ask.org)
        if crm is None:
            raise Permanent(ask.org, "erase", "this CRM org is not configured on this worker; see BACKHAUL_CRM")
        subject = (await self._asked(ask.request_id)).subject
        mine = [ref for ref in subject.records if ref.org == ask.org]
        done = await crm.clear(subject.returns, _of(mine, CONTACT), _of(mine, ACCOUNT))
        asked = await self._asked(ask.request_id)
        before = next((part.what for part in asked.parts if part.name == ids.crm_lane(ask.org)), {})
        # As in the books: what a first try emptied is not there any more for the second.
        cleared = "; ".join(done.cleared) or before.get("cleared", "")
        what = {"cleared": cleared, "left to the CRM": "; ".join(done.left)}
        part = Part(ids.crm_lane(ask.org), {name: said for name, said in what.items() if said}, "; ".join(done.refused))
        await self._erasures.note(ask.request_id, part)

    @activity.defn
    @speaks_temporal
    async def erase_histories(self, request_id: str) -> None:
        """The engine deletes in its own time: it is done when it has none left."""
        subject = (await self._asked(request_id)).subject
        left = sum([await self._histories.delete(ids.workflow_id(one)) for one in subject.returns])
        if left:
            raise Retryable("histories", "delete", f"{left} are still being deleted", retry_after=1.0)
        await self._erasures.note(request_id, Part(HISTORIES, {"returns": str(len(subject.returns))}))

    @activity.defn
    @speaks_temporal
    async def give_up_part(self, refused: Refused) -> None:
        await self._erasures.note(refused.request_id, Part(refused.part, {}, refused.why))

    @activity.defn
    @speaks_temporal
    async def conclude_erasure(self, request_id: str) -> str:
        """The receipt is complete: what is the shop's and the ERP's is told by the orders it is found by there."""
        asked = await self._asked(request_id)
        orders = ", ".join(asked.subject.orders)
        if orders:
            told = {"shop": f"the customer of order {orders}", "erp": f"the customer of order {orders}"}
            await self._erasures.note(request_id, Part(ELSEWHERE, told))
        state = ErasureState.INCOMPLETE if any(part.refused for part in asked.parts) else ErasureState.DONE
        await self._erasures.move(request_id, state)
        return str(state)

    async def _is_open(self, return_id: str) -> bool:
        snapshot = await self._returns.snapshot(return_id)
        if snapshot is not None and erasure.is_open(snapshot):
            return True
        return await self._histories.running(ids.workflow_id(return_id))

    async def _asked(self, request_id: str) -> Erasure:
        asked = await self._erasures.get(request_id)
        assert asked is not None, "it was looked at before"
        return asked


def _of(records: list[Ref], kind: str) -> tuple[str, ...]:
    return tuple(ref.external_id for ref in records if ref.object == kind)
