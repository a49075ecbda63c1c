"""What is owed to the outside, told, or given up for now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.returns import CrmState


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An outgoing item that was given up for now; the newest state goes out with the next change or a replay."""

    return_id: str
    lane: str
    subject: str
    since: datetime
    reason: str


class Outbox(Protocol):
    async def shown(self, return_id: str, org: str, version: int, stage: str) -> None:
        """The CRM shows the return's `version`, at `stage`: what it was owed up to there is delivered, its dead letters
        are over. Older news changes nothing. No stage: the CRM had a newer version than the books."""
        ...

    async def waive(self, return_id: str, org: str, version: int) -> None:
        """The CRM is not to be shown this return: what it was owed up to `version` is owed no more, its dead letters
        are over, and what it shows is what it showed before."""
        ...

    async def crm_states(self, return_id: str) -> tuple[CrmState, ...]:
        """What each CRM shows, by org; with those that were given up for now and never showed it."""
        ...

    async def park(self, return_id: str, lane: str, reason: str) -> None:
        """Make what is undelivered in the lane a dead letter, visible to IT."""
        ...

    async def failed(self, return_id: str, org: str, work: str, cause: str) -> None:
        """Count an attempt to tell a CRM that did not go through: `work` is publish or replay, `cause` a word."""
        ...

    async def dead_letters(self) -> tuple[DeadLetter, ...]: ...
