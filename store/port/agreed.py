"""What we and a CRM agree on, record by record, and what was decided where both differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.agreement import Agreement
from domain.change_request import Answered, ChangeRequest
from domain.conflict import Outcome
from domain.likeness import Value


class RecordState(StrEnum):
    LIVE = "live"
    MISSING = "missing"
    """The CRM no longer has it, as far as it told; nothing is concluded from that yet."""
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a CRM. `key` is our own reference on it (a return's or customer's id). `digest` names what was last
    published but for version and times, `version` the return's version then (-1: never). `fields` are those the CRM may
    change. `seq` counts the changes of this row (-1: not stored yet); `lost` how many records of the same key were
    deleted in the CRM before or with this one. `due`: it has to be published again, and nothing else causes that."""

    org: str
    object: str
    record: str
    key: str
    state: RecordState = RecordState.LIVE
    digest: str = ""
    version: int = -1
    fields: Mapping[str, Agreement] = field(default_factory=dict)
    seq: int = -1
    lost: int = 0
    due: bool = False

    def agreement(self, name: str) -> Agreement:
        return self.fields.get(name, Agreement())

    def having(self, name: str, agreement: Agreement) -> Record:
        return replace(self, fields={**self.fields, name: agreement})


@dataclass(frozen=True, slots=True)
class Conflict:
    """A decision about a field somebody else changed. Personal values are commitments. `base` is what was agreed on,
    `theirs` what the CRM told, `ours` what we say, `value` what stands since; `writer` is the CRM's user id."""

    org: str
    object: str
    record: str
    key: str
    field: str
    rule: str
    outcome: Outcome
    reason: str
    base: Value
    theirs: Value
    ours: Value
    value: Value
    evidence: str
    own: bool | None
    writer: str
    at: datetime
    event: str
    request_id: str = ""
    decided_at: datetime | None = None


class ItemKind(StrEnum):
    """Why a person has to look."""

    SWINGING = "swinging"
    MANUAL = "manual"
    MASS_DELETE = "mass_delete"
    DELETED = "deleted"
    DELETED_AGAIN = "deleted_again"
    POISON = "poison"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Item:
    """Something for people. Of each (org, object, record, field, kind) one is open. `detail` names no person."""

    org: str
    kind: ItemKind
    object: str
    record: str
    key: str
    field: str
    detail: str
    item_id: int = 0
    opened_at: datetime | None = None
    resolved_at: datetime | None = None
    choice: str = ""
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as it was found in a CRM, before the return answered it. `note` is the text of a note, until then."""

    return_id: str
    request: ChangeRequest
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Everything one change of one record does here, saved together or not at all."""

    org: str
    object: str
    event: str
    record: Record
    conflicts: tuple[Conflict, ...] = ()
    asking: tuple[Asking, ...] = ()
    items: tuple[Item, ...] = ()


class Saved(StrEnum):
    DONE = "done"
    KNOWN = "known"
    """The same event was dealt with before; nothing was changed."""
    OVERTAKEN = "overtaken"
    """The record changed since it was read; nothing was changed. Read it again."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The fields a CRM may change, as they were sent for this version of the return. `at` is our clock."""

    version: int
    fields: Mapping[str, Value]
    at: datetime


class Agreements(Protocol):
    async def of_return(self, org: str, key: str) -> Record | None:
        """The newest record with this key, a live one before others."""
        ...

    async def of_record(self, org: str, of: str, record: str) -> Record | None: ...

    async def published(self, record: Record, version: int, stage: str) -> bool:
        """The CRM shows the return at `version`, and this is agreed now: saved together with Outbox.shown, as it says.

        False: somebody changed the record since it was read (`record.seq`); nothing was saved."""
        ...

    async def sending(self, org: str, key: str, version: int, fields: Mapping[str, Value]) -> tuple[UnderWay, ...]:
        """Note what is about to be written, before it is. Answers what older versions wrote and nobody knows the end
        of, oldest first. `published` takes off what it covers."""
        ...

    async def under_way(self, org: str, key: str) -> tuple[UnderWay, ...]:
        """What is being written now, or was and nobody knows how it ended, oldest first."""
        ...

    async def decide(self, decision: Ruling) -> Saved: ...

    async def due(self, org: str, of: str, but: tuple[str, ...], most: int) -> tuple[str, ...]:
        """The keys of records that have to be published again, beside those the asker knows of."""
        ...

    async def unanswered(self, org: str) -> tuple[Asking, ...]:
        """Requests that were found and not yet handed to their return, oldest first."""
        ...

    async def answered(self, answer: Answered) -> None:
        """The return answered; the note's text is no longer kept here. A repeat changes the sentence only."""
        ...

    async def conflicts(self, org: str | None, of: str | None, limit: int) -> tuple[Conflict, ...]:
        """Newest first; `of` is a record's id or our own key."""
        ...
