"""What a return owed its customer in words, and what became of each message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sent:
    """One notice, as it was owed with `version`. Neither `sent_at` nor `given_up_at`: it is still to be sent.

    `sending` counts how often people had it sent again, from 1; `lost` attempts of this sending had no answer: where
    there are any, the customer may have it twice."""

    subject: str
    version: int
    owed_at: datetime
    sent_at: datetime | None
    given_up_at: datetime | None
    reason: str
    bounced_at: datetime | None = None
    sending: int = 1
    lost: int = 0


class Messages(Protocol):
    async def of(self, return_id: str) -> tuple[Sent, ...]:
        """Oldest first."""
        ...
