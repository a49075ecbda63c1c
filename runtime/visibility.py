"""What IT may ask of the CRMs' sight of returns: how much of it is current, what was given up, and to show it again.

Raises domain refusals and RetryLater; never an engine's or a vendor's error.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from activities import queues
from domain import ids
from domain.errors import BadInput
from runtime.refusals import NotFound, RetryLater
from store.port import Act, Audit, Coverage, CrmLetter, Returns, Visibility
from store.port.audit import UNNAMED, stream_of_return
from workflows.crm_replay import CrmReplay, Replay, Replayed

# So many at a time: what an adapter takes into one call to its CRM.
_AT_ONCE = 200


class Outcome(StrEnum):
    SHOWN = "shown"
    FAILED = "failed"
    PENDING = "pending"
    NOT_OWED = "not_owed"


@dataclass(frozen=True, slots=True)
class Told:
    """How the replay of one return ended in one org. `version` the CRM shows now; `detail` says why it does not."""

    return_id: str
    org: str
    outcome: Outcome
    version: int = 0
    detail: str = ""


class Sight:
    """`configured` are the orgs of the settings; those the books know may have left them."""

    def __init__(self, visibility: Visibility, configured: tuple[str, ...]) -> None:
        self._visibility, self._configured = visibility, configured

    async def coverage(self, org: str | None, days: int, limit: int) -> Coverage:
        await self.check(org)
        return await self._visibility.coverage(org, days, limit)

    async def letters(
        self, org: str | None = None, cause: str = "", return_ids: tuple[str, ...] | None = None
    ) -> tuple[CrmLetter, ...]:
        await self.check(org)
        return await self._visibility.letters(org, cause, return_ids)

    async def check(self, org: str | None) -> None:
        """Raises BadInput for an org that neither the settings nor the books know."""
        if org is None:
            return
        known = sorted({*self._configured, *await self._visibility.orgs()})
        if org not in known:
            raise BadInput("org", f"there is no CRM org {org!r}; there are {', '.join(known) or 'none'}")


class Replaying:
    """`grace` in seconds beyond the CRM's patience: until a worker took a replay and its answer is here."""

    def __init__(self, client: Client, sight: Sight, returns: Returns, audit: Audit, grace: float = 15) -> None:
        self.sight = sight
        self._client, self._returns, self._audit, self._grace = client, returns, audit, grace

    async def some(self, return_ids: tuple[str, ...], org: str | None, patience: int, by: str = "") -> tuple[Told, ...]:
        """Those returns, wherever they are dead letters. Raises NotFound, before anything is shown."""
        wanted = tuple(dict.fromkeys(ids.check_return_id(one) for one in return_ids))
        for return_id in wanted:
            if await self._returns.snapshot(return_id) is None:
                raise NotFound(f"there is no return {return_id}; `crm dead-letters` lists what can be replayed")
        letters = await self.sight.letters(org, return_ids=wanted)
        told = await self.these(letters, patience, by)
        dead = {letter.return_id for letter in letters}
        where = org or ""
        rest = (Told(one, where, Outcome.NOT_OWED, detail="has no dead letter") for one in wanted if one not in dead)
        return (*told, *rest)

    async def all(self, org: str | None, cause: str, patience: int, by: str = "") -> tuple[Told, ...]:
        return await self.these(await self.sight.letters(org, cause), patience, by)

    async def these(self, letters: tuple[CrmLetter, ...], patience: int, by: str) -> tuple[Told, ...]:
        """Each is told to the audit before it is shown again: what becomes of it is the CRM's word."""
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(letter: CrmLetter) -> Told:
            subject = stream_of_return(letter.return_id)
            shown, newest = {"version": str(letter.shown)}, {"version": str(letter.version)}
            act = Act(ids.crm_lane(letter.org), by or UNNAMED, "dead_letter:replay", subject, "", shown, newest)
            async with room:
                await self._audit.append(act)
                return await self._again(Replay(letter.return_id, letter.org, patience))

        return tuple(await asyncio.gather(*(one(letter) for letter in letters)))

    async def _again(self, ask: Replay) -> Told:
        """The same replay asked for twice at once is one; asked for later it looks anew."""
        try:
            async with asyncio.timeout(ask.patience + self._grace):
                done: Replayed = await self._client.execute_workflow(
                    CrmReplay.run,
                    ask,
                    id=ids.replay_id(ask.return_id, ask.org),
                    task_queue=queues.RETURNS,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    static_summary=f"show {ask.return_id} in {ask.org} again",
                )
        except TimeoutError:
            late = "no worker has answered yet; it goes on by itself, look at `crm dead-letters`"
            return Told(ask.return_id, ask.org, Outcome.PENDING, detail=late)
        except WorkflowFailureError as error:
            # Somebody terminated it in Temporal.
            return Told(ask.return_id, ask.org, Outcome.FAILED, detail=str(error.cause))
        except RPCError as error:
            raise RetryLater(f"the engine did not answer ({error}); what was shown until now stays shown") from error
        if done.failed:
            return Told(ask.return_id, ask.org, Outcome.FAILED, detail=done.failed)
        if not done.version:
            off = "the mapping switches its region or the object off; nothing was written"
            return Told(ask.return_id, ask.org, Outcome.NOT_OWED, detail=off)
        return Told(ask.return_id, ask.org, Outcome.SHOWN, done.version)
