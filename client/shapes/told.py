"""What other systems and customers are told."""

from __future__ import annotations

from typing import TypedDict


class Subscription(TypedDict):
    """`types` empty: all events. `state` is active, off (somebody switched it off) or gone (the receiver did).
    `failures` in a row since its last success; until `resting` nothing is sent. The counts are of deliveries."""

    name: str
    url: str
    types: list[str]
    state: str
    made_at: str
    made_by: str
    failures: int
    resting: str | None
    owed: int
    dead: int


class Delivery(TypedDict):
    """One event for one subscriber. `reason` is why the last attempt did not go through."""

    delivery_id: int
    event_id: str
    kind: str
    return_id: str
    owed_since: str
    delivered: str | None
    given_up: str | None
    attempts: int
    reason: str


class NoticePreview(TypedDict):
    """How a notice reads. `html` is a whole page."""

    notice: str
    language: str
    subject: str
    text: str
    html: str
