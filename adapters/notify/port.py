"""The customer's door: one message per completed stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """`key` becomes the Message-ID, the same on every attempt, so that a mail system can drop a repeat."""

    key: str
    to: str
    subject: str
    text: str


class Notifier(Protocol):
    async def send(self, message: Message) -> None:
        """Hand the message over. Retryable when it surely was not taken, UnknownOutcome when that cannot be known."""
        ...
