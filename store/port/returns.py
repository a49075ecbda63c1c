"""Returns as they are recorded, looked up and searched."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.change_request import RequestState
from domain.order import Contact
from domain.returns import Snapshot


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One thing that happened, as support reads it. `kind` is stable ('goods_received'); no personal data in `text`."""

    kind: str
    text: str
    at: datetime
    actor: str = "backhaul"
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something owed to the outside because of a move: lane 'crm:<org>' or 'notice', subject e.g. the stage."""

    lane: str
    subject: str


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a return: the new snapshot, what happened, what is owed, and what became of requests for a change.
    Recorded once per (return, version)."""

    snapshot: Snapshot
    events: tuple[TimelineEvent, ...]
    outgoing: tuple[Outgoing, ...] = ()
    request_key: str = ""
    changes: tuple[RequestState, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """Filters are ANDed; None or empty means any. `cursor` is the one a former page gave. `authorization` is the ERP's
    number of it (RMA), or its id. `text` looks in the ids, order name, SKUs, tracking numbers, authorization and credit
    memo numbers, and the contact's e-mail. `differ`: only those whose amounts do not match, or were settled by hand.
    `proposed`: only those on which something waits for a second person."""

    return_id: str | None = None
    order_id: str | None = None
    customer_id: str | None = None
    email: str | None = None
    sku: str | None = None
    tracking: str | None = None
    authorization: str | None = None
    stages: tuple[str, ...] = ()
    region: str | None = None
    regions: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    channel: str | None = None
    held: bool | None = None
    hold_owner: str | None = None
    hold_reason: str | None = None
    differ: bool = False
    proposed: bool = False
    opened_before: datetime | None = None
    opened_after: datetime | None = None
    text: str | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. `cursor` is None on the last page."""

    snapshots: tuple[Snapshot, ...]
    cursor: str | None


class Returns(Protocol):
    async def record(self, move: Move) -> Snapshot | None:
        """Row, timeline, outbox: all or none. A version already recorded changes nothing; an older one never wins.

        Answers what the books said before, None when they had no such return. After a repeat that is its own version
        or a newer one."""
        ...

    async def save_contact(self, return_id: str, contact: Contact) -> None:
        """Of a return whose person was erased nothing is kept."""
        ...

    async def contact(self, return_id: str) -> Contact | None: ...

    async def snapshot(self, return_id: str) -> Snapshot | None: ...

    async def with_contact(self, return_id: str) -> tuple[Snapshot, Contact] | None:
        """Both as of one moment; None until both are there. Raises Erased when its person was erased."""
        ...

    async def timeline(self, return_id: str) -> tuple[TimelineEvent, ...]:
        """Oldest first."""
        ...

    async def search(self, search: Search) -> Page: ...
