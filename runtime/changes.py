"""What people may do with changes that were asked of a return: see them, ask for one, decide one.

Raises domain refusals (with Forbidden and NotFound) and RetryLater; never an engine's error.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.change_request import Answered, ChangeRequest, RequestKind, RequestState
from domain.errors import WrongStage
from domain.returns import Hold, Snapshot
from runtime.holds import Holds
from runtime.refusals import NotFound
from runtime.returns import Returns
from runtime.scope import check_sees
from security.roles import Principal
from store.port import Changes as Book
from workflows.messages import Ack, Resolve

# The hold that waits for a person's word on such a request, and the words for yes and no.
_DECIDED_ON = {
    RequestKind.PARTIAL_REFUND: ("partial_refund", "grant", "decline"),
    RequestKind.REASON: ("reason_review", "accept", "refuse"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it stands. `hold` is what has to be decided for it, None: nothing has, or nothing has yet."""

    state: RequestState
    hold: Hold | None


class Changes:
    def __init__(self, returns: Returns, book: Book, holds: Holds) -> None:
        self._returns, self._book, self._holds = returns, book, holds

    async def of(self, who: Principal, return_id: str) -> tuple[Asked, ...]:
        """Oldest first."""
        snap = check_sees(who, await self._returns.snapshot(return_id))
        return tuple(Asked(state, _waiting(snap, state)) for state in await self._book.of(return_id))

    async def notes(self, who: Principal, return_id: str) -> dict[str, str]:
        """What notes say, by request. Personal."""
        check_sees(who, await self._returns.snapshot(return_id))
        return await self._book.notes(return_id)

    async def ask(self, who: Principal, return_id: str, request: ChangeRequest, note: str) -> Answered:
        check_sees(who, await self._returns.snapshot(return_id))
        return await self._returns.ask(return_id, request, note)

    async def decide(self, who: Principal, return_id: str, request_id: str, approve: bool, note: str, key: str) -> Ack:
        """Say yes or no to a request that waits for a person. Only the role that owns its hold may.

        Said again with the same key, it is answered as it was."""
        snap = check_sees(who, await self._returns.snapshot(return_id))
        state = await self._book.one(return_id, request_id)
        if state is None:
            raise NotFound(f"{return_id} has no request {request_id}")
        if state.request.kind not in _DECIDED_ON:
            raise WrongStage(f"a request of the kind {state.request.kind} is decided by nobody: {state.sentence}")
        _, yes, no = _DECIDED_ON[state.request.kind]
        hold = _waiting(snap, state)
        if hold is None:
            raise WrongStage(f"request {request_id} is {state.status}, and waits for nobody's word: {state.sentence}")
        return await self._holds.resolve(
            who, return_id, Resolve(key, hold.hold_id, yes if approve else no, who.name, note)
        )


def _waiting(snap: Snapshot, state: RequestState) -> Hold | None:
    """The hold says what the request's answer says while it waits; of two that say the same the first is meant."""
    if not state.pending or state.request.kind not in _DECIDED_ON:
        return None
    reason = _DECIDED_ON[state.request.kind][0]
    return next((hold for hold in snap.holds if hold.reason == reason and hold.detail == state.sentence), None)
