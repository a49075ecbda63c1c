"""What may be asked about a person's data: to see it, to have it erased, how that stands, to take the request back.

Raises domain refusals (with NotFound for what is not there) and RetryLater; never an engine's error.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from activities import queues
from domain import erasure, ids
from domain.errors import BadInput, WrongStage
from runtime.refusals import NotFound, RetryLater
from store.port import Erasure, Erasures, ErasureState, Holdings, Kept, Subject
from workflows.erasure import SIGNAL_LOOK, Erase, ErasePerson

_OVER = (ErasureState.DONE, ErasureState.WITHDRAWN)


def unknown(request_id: str) -> NotFound:
    """One sentence, whether it is not there or is none of the asker's business."""
    return NotFound(f"there is no erasure {request_id}; `privacy list` shows those there are")


class Privacy:
    """`orgs` are the CRMs of the settings."""

    def __init__(self, client: Client, erasures: Erasures, holdings: Holdings, orgs: tuple[str, ...]) -> None:
        self._client, self._orgs = client, orgs
        self._erasures, self._holdings = erasures, holdings

    async def meant(self, customer_id: str, email: str, request_id: str = "") -> Subject:
        """Whose data would be erased, by ids. Of a request that was made before, and may be done: whom it was about."""
        if bool(customer_id.strip()) == bool(email.strip()):
            raise BadInput("customer_id", "name a person by the shop's customer number or by their e-mail, one of both")
        found = await self._erasures.find(customer_id.strip(), email.strip())
        return await self._known(found, request_id)

    async def bought(self, customer_id: str, orders: tuple[str, ...], request_id: str) -> Subject:
        """As `meant`, of whom the shop names by the number and the orders, which is how a guest is found."""
        return await self._known(await self._erasures.find(customer_id, "", orders), request_id)

    async def _known(self, found: Subject, request_id: str) -> Subject:
        asked = await self._erasures.get(request_id) if request_id and not found else None
        if asked is not None:
            return asked.subject
        if not found:
            raise NotFound("nothing is kept here of anybody with this number or mailbox")
        return found

    async def export(self, subject: Subject, by: str, why: str) -> dict[str, Any]:
        """All that is kept here of whom `meant` found; that it was told is in the audit."""
        _check_said(by, why)
        return dict(await self._holdings.of(subject, by.strip(), why.strip()))

    async def kept(self, subject: Subject, by: str, why: str) -> tuple[Kept, ...]:
        """Where there is how much of whom `meant` found, and nothing of what it says; in the audit too."""
        _check_said(by, why)
        return await self._holdings.kept(subject, by.strip(), why.strip())

    async def erase(self, request_id: str, subject: Subject, by: str, why: str) -> Erasure:
        """Begin the request, or find the one that has this id. `subject` is what `meant` answered."""
        _check_said(by, why)
        now = datetime.now(UTC)
        asked = Erasure(request_id, by.strip(), why.strip(), now, erasure.answer_due(now), subject=subject)
        kept = await self._erasures.ask(asked)
        if not (set(subject.links) & set(kept.subject.links) or set(subject.returns) & set(kept.subject.returns)):
            raise BadInput("idempotency_key", f"was used for another person, in {request_id}; take a new one")
        if kept.state not in _OVER:
            await self._start(request_id)
        return kept

    async def one(self, request_id: str) -> Erasure:
        found = await self._erasures.get(ids.check_erasure(request_id))
        if found is None:
            raise unknown(request_id)
        return found

    async def every(self) -> tuple[Erasure, ...]:
        return await self._erasures.listed()

    async def withdraw(self, request_id: str, by: str) -> Erasure:
        """While it waits for open returns; afterwards nothing brings back what is gone."""
        await self.one(request_id)
        if not by.strip():
            raise BadInput("by", "must say who takes it back: it is kept in the audit")
        await self._erasures.move(request_id, ErasureState.WITHDRAWN, by=by.strip())
        found = await self.one(request_id)
        if found.state is not ErasureState.WITHDRAWN:
            raise WrongStage(f"{request_id} is {found.state}; only a request that waits can be withdrawn")
        await self._look(request_id)
        return found

    async def again(self, request_id: str) -> Erasure:
        """Have it look at once whether what it waits for is over, or erase what could not be erased."""
        found = await self.one(request_id)
        if found.state in _OVER:
            raise WrongStage(f"{request_id} is {found.state}; there is nothing left to do")
        await self._start(request_id)
        await self._look(request_id)
        return await self.one(request_id)

    async def _start(self, request_id: str) -> None:
        try:
            await self._client.start_workflow(
                ErasePerson.run,
                Erase(request_id, self._orgs),
                id=ids.erasure_id(request_id),
                task_queue=queues.RETURNS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=f"erasure {request_id}",
            )
        except RPCError as error:
            sentence = f"the engine did not answer ({error}); the request is written down, and `privacy again"
            raise RetryLater(f"{sentence} {request_id}` begins it") from error

    async def _look(self, request_id: str) -> None:
        try:
            await self._client.get_workflow_handle(ids.erasure_id(request_id)).signal(SIGNAL_LOOK)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise RetryLater(f"the engine did not answer ({error})") from error


def _check_said(by: str, why: str) -> None:
    for name, said in (("by", by), ("why", why)):
        if not said.strip():
            raise BadInput(name, "must say something: it is kept")
