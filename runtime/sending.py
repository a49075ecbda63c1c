"""A message to a return that runs: sent once by its key, answered when it is recorded, or told why it was not taken.

Raises domain refusals (with NotFound for what is not there) and RetryLater; never an engine's error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.service import RPCError, RPCStatusCode

from domain import ids
from domain.errors import WrongStage
from domain.returns import TAKES, Snapshot
from runtime.documents import plain
from runtime.message_keys import MessageKeys
from runtime.refusals import Over, RetryLater, Undoing, refusal, unknown
from store.port import Stores
from workflows import messages as m

# How long a caller waits for the ERP's number, or for its message to be recorded, before it is told to look again.
PATIENCE = timedelta(seconds=25)
# The client makes its own error of a call that is cancelled when the time is over.
LATE = (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError)

T = TypeVar("T")


class Sending:
    """`live` is how a return says by itself where it stands; `fits` looks at its version before anything new is said
    to it, and refuses by raising."""

    def __init__(
        self, client: Client, stores: Stores, live: Callable[[str], Awaitable[Snapshot]],
        fits: Callable[[int], None] | None,
    ) -> None:  # fmt: skip
        self._client, self._stores, self._live, self._fits = client, stores, live, fits
        self.keys = MessageKeys(stores.said)

    def check(self, snapshot: Snapshot) -> None:
        """Refuses when what is said was decided on another version than this one."""
        if self._fits is not None:
            self._fits(snapshot.version)

    async def say(self, return_id: str, update: str, message: Any, key: str, field: str = "idempotency_key") -> m.Ack:
        """One message, once: `key` is the update's id, and `field` brought it. Answered when it is recorded."""
        place = f"{ids.check_return_id(return_id)}/{update}"
        if self._fits is not None and not await self.keys.known(place, ids.check_key(key)):
            self.check(await self._snapshot(return_id))
        async with self.keys.held(place, ids.check_key(key), plain(type(message), message), field):
            return await self._say_so(return_id, update, message, key)

    async def _say_so(self, return_id: str, update: str, message: Any, key: str) -> m.Ack:
        """Again, when it was refused for the stage.

        A worker that dies right after it wrote to the books leaves them a moment ahead of the engine, which then judges
        a message by an older stage. So a refusal for the stage is asked about again, once the return has caught up."""
        try:
            return await self.send(return_id, update, message, key, m.Ack)
        except Over:
            raise
        except WrongStage:
            await self._live(return_id)
        try:
            return await self.send(return_id, update, message, key, m.Ack)
        except (Over, Undoing):
            raise
        except WrongStage as no:
            stage = (await self._snapshot(return_id)).stage
            others = ", ".join(verb for verb in TAKES[stage] if verb != update) or "nothing"
            raise WrongStage(f"{no}; {stage}, it takes {others} from outside now") from no

    async def send(self, return_id: str, update: str, message: Any, key: str, answer: type[T]) -> T:
        ids.check_key(key)
        handle = self._client.get_workflow_handle(ids.workflow_id(ids.check_return_id(return_id)))
        taken = False
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                started: WorkflowUpdateHandle[T] = await handle.start_update(
                    update,
                    message,
                    id=update_id(update, key),
                    wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                    result_type=answer,
                )
                taken = True
                return await started.result()
        except WorkflowUpdateFailedError as error:
            raise refusal(error) from error
        except LATE as error:
            pass_on_cancellation(error)
            what = "was taken but is not recorded yet; look at the return" if taken else "found no worker to take it"
            raise RetryLater(f"the message {what}") from error
        except RPCError as error:
            raise await self.gone(return_id, error) from error

    async def gone(self, return_id: str, error: RPCError) -> Exception:
        if error.status is not RPCStatusCode.NOT_FOUND:
            return RetryLater(f"the engine did not answer ({error})")
        known = await self._stores.returns.snapshot(return_id)
        if known is None:
            return unknown(return_id)
        return Over(f"{return_id} is {known.stage}; it takes no more messages")

    async def _snapshot(self, return_id: str) -> Snapshot:
        found = await self._stores.returns.snapshot(return_id)
        if found is None:
            raise unknown(return_id)
        return found


def pass_on_cancellation(error: Exception) -> None:
    """The engine's client makes an error of its own of every cancellation, not only of that by our own patience.
    Whoever else cancelled this call must see it end, or it would be taken for a late answer and made again."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


def update_id(update: str, key: str) -> str:
    """The engine has one set of ids for all updates of a workflow; a caller's key counts for one kind of message."""
    return f"{update}:{key}"
