"""Who did what, and why: acts that are appended in the transaction of what they tell of, and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

# Who acts at the command line without saying who it is.
UNNAMED = "command line"

# By these acts somebody was told the data of persons. That they were let in to do it is another act.
DISCLOSING = ("contact:unmask", "identity:reveal", "person:export_person", "person:look")
LET_IN = "access:"


def stream_of_return(return_id: str) -> str:
    return f"return:{return_id}"


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person or a machine did. `stream` is the chain it goes into, 'return:R-1', 'identity', 'crm:main';
    `action` a noun and a verb, 'hold:resolve'; `subject` whom or what it was done to.

    Of the values of `before` and `after` that `personal` names a commitment is kept only, salted for the subject. So it
    is with `why`, whose words are kept beside the chain until the subject is forgotten."""

    stream: str
    actor: str
    action: str
    subject: str
    why: str = ""
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    personal: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """An act as it stands in its chain. `before` and `after` are JSON, word for word as they were hashed; `why` is the
    commitment to `reason`, which is empty when none was given and when it was erased. `committed`: the reason, and
    what the timeline says of it, are what was committed to, as far as that was looked at and can still be told."""

    stream: str
    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    why: str
    before: str
    after: str
    personal: bool
    prev: bytes
    hash: bytes
    reason: str = ""
    committed: bool = True


@dataclass(frozen=True, slots=True)
class ActSearch:
    """Filters are ANDed; None or empty means any. `action` may be the noun alone. `personal`: only what touches the
    data of persons. `disclosures`: only what told somebody such data, each once. `regions` and `shops` leave only acts
    on returns of these. `cursor` is the one a former page gave."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    stream: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    personal: bool = False
    disclosures: bool = False
    regions: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ActPage:
    """Newest first. `cursor` is None on the last page."""

    entries: tuple[Entry, ...]
    cursor: str | None


class Audit(Protocol):
    async def append(self, act: Act) -> None:
        """For what has no transaction of its own; whoever writes in one appends there (store/auditing.py)."""
        ...

    async def search(self, search: ActSearch) -> ActPage: ...

    async def forget(self, subject: str) -> bool:
        """Delete the subject's salt and reasons: what its commitments stood for cannot be told any more, and every
        chain still verifies. False when there was none."""
        ...
