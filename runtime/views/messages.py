"""What the customer of one return was told, and what is still owed. Subjects and times: the words are not kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from runtime.documents import plain
from store.port import Sent


class MessageState(StrEnum):
    SENT = "sent"
    OWED = "owed"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class MessageView:
    subject: str
    state: MessageState
    owed_at: datetime
    sent_at: datetime | None
    given_up_at: datetime | None
    reason: str
    bounced_at: datetime | None = None
    may_have_two: bool = False
    """An answer of the mail server was lost, so the customer may have it twice."""


def messages_of(sent: tuple[Sent, ...]) -> tuple[MessageView, ...]:
    return tuple(
        MessageView(
            one.subject,
            _state(one),
            one.owed_at,
            one.sent_at,
            one.given_up_at,
            one.reason,
            one.bounced_at,
            one.lost > 0,
        )
        for one in sent
    )


def document(return_id: str, messages: tuple[MessageView, ...]) -> dict[str, Any]:
    return {"return_id": return_id, "messages": plain(tuple[MessageView, ...], messages)}


def _state(one: Sent) -> MessageState:
    if one.sent_at is not None:
        return MessageState.SENT
    return MessageState.GIVEN_UP if one.given_up_at is not None else MessageState.OWED
