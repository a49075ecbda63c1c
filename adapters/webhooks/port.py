"""The door to those who are told of events: one message, handed over."""

from __future__ import annotations

from typing import Protocol

from domain.webhooks import Parcel


class Receiver(Protocol):
    async def hand_over(self, name: str, parcel: Parcel) -> None:
        """Sign the event and send it; a repeat bears the same id. Raises Retryable, Permanent when this event or this
        address will never do, Gone when the receiver wants no more of any."""
        ...
