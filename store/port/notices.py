"""Notices to customers: owed, sent, lost, bounced, sent again."""

from __future__ import annotations

from typing import Protocol

from store.port.messages import Sent


class Notices(Protocol):
    async def owed(self, return_id: str, subject: str) -> int:
        """The number of the sending that is owed (1, more when people had it sent again), 0 when none is."""
        ...

    async def sent(self, return_id: str, subject: str, message_id: str) -> None:
        """The mail server took it under this id; its dead letter is over."""
        ...

    async def lost(self, return_id: str, subject: str) -> int:
        """An attempt's answer was lost. Answers how many of this sending were."""
        ...

    async def bounced(self, return_id: str, subject: str, code: str) -> None:
        """It did not reach anybody, as `code` says: a dead letter and an event in the timeline. A repeat of what is
        known changes nothing."""
        ...

    async def whose(self, message_id: str) -> tuple[str, str] | None:
        """(return, subject) of a message that was taken."""
        ...

    async def again(self, return_id: str, subject: str, by: str) -> bool:
        """Owe a notice anew that is a dead letter, and say so in the audit; False when it is none."""
        ...

    async def of(self, return_id: str) -> tuple[Sent, ...]:
        """All of a return, oldest first."""
        ...
