"""The customer's door: how a notice is worded, and how the message is handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.order import Contact
from domain.returns import Snapshot


@dataclass(frozen=True, slots=True)
class Message:
    """`key` becomes the Message-ID, the same on every attempt, so that a mail system can drop a repeat. Without
    `sender` it comes from the mail server's usual one; without `html` it is plain text."""

    key: str
    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    reply_to: str = ""


class BadTemplate(Exception):
    """A template does not render; the sentence names the file and what is the matter."""


class Wording(Protocol):
    def message(self, key: str, subject: str, snapshot: Snapshot, contact: Contact) -> Message:
        """What the customer reads about `subject` (domain.notices.SUBJECTS), in their language where we have it.
        Raises BadTemplate."""
        ...

    def languages(self) -> Sequence[str]: ...


class Notifier(Protocol):
    async def send(self, message: Message) -> None:
        """Hand the message over. Retryable when it surely was not taken, UnknownOutcome when that cannot be known,
        Undeliverable when the recipient is refused for good."""
        ...
