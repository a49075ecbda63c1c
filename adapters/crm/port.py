"""A CRM's doors: it shows the newest state of a return and tells what was changed there. It decides no money."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from adapters.errors import VendorError
from domain.identity.record import PartyRecord
from domain.likeness import Value
from domain.money import Money


@dataclass(frozen=True, slots=True)
class ProjectionLine:
    """quantity_* are units; `key` is '{return_id}:{line_id}'."""

    key: str
    line_id: str
    sku: str
    title: str
    reason: str
    requested: int
    received: int
    accepted: int
    rejected: int


# What a field of a CRM holds, in the CRM's own form. Amounts are JSON numbers, compared as such and never added.
Scalar = Value


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the newest change request somebody made in a CRM. `status`: pending, accepted or refused;
    `sentence` says what happens now or why not, in words a sales agent can pass on."""

    ref: str
    status: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Projection:
    """What a CRM shows of a return, made from the return's state number `version`. Publishing never goes backwards.

    Contact fields are personal: they go to the CRM and nowhere else. `customer_stage` is confirmation, inspection or
    financial_posting; `stage` is the return's own stage."""

    return_id: str
    version: int
    stage: str
    customer_stage: str
    order_id: str
    order_name: str
    customer_id: str
    contact_name: str
    contact_email: str
    company: str | None
    reason: str
    quoted: Money | None
    credited: Money | None
    paid: Money | None
    hold: str | None
    next_step: str
    changed_at: datetime
    lines: tuple[ProjectionLine, ...]
    region: str = ""
    answer: Answer | None = None
    contact_record: str | None = None
    """The CRM's contact that identity resolution links the customer to; None: the adapter finds or makes it by key."""
    account_record: str | None = None
    leave: frozenset[str] = frozenset()
    """Fields of the return's own record, by the CRM's names, that are not written: somebody's edit there stands, or may
    be there and is not told yet."""
    stands: Mapping[str, Scalar] = field(default_factory=dict)
    """Values written instead of ours, because they won over them."""
    seen: Mapping[str, Scalar] = field(default_factory=dict, repr=False)
    """What fields of the record held when they were looked at. A CRM that writes on a condition writes nothing over
    anything else, and says Retryable; one that does not has them as they were a moment ago."""

    def agreed(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """The return's own record as it is to be written, from our own values."""
        return {name: self.stands.get(name, value) for name, value in written.items() if name not in self.leave}


@dataclass(frozen=True, slots=True)
class Published:
    """The CRM's record id and the version it now shows (>= the one sent, when somebody newer was there first).

    `fields` are the mapped fields of the return's own record with the values they now hold, in the CRM's form as far
    as it is known: what it answered, else what was sent. Empty when nothing was written. `contact_record` and
    `account_record` are what the record is linked to, as far as that was written."""

    record: str
    version: int
    object: str = ""
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    contact_record: str | None = None
    account_record: str | None = None


class Crm(Protocol):
    async def publish(self, projection: Projection) -> Published:
        """Upsert the record under its return id. Raises Retryable or Permanent: a keyed upsert may be repeated."""
        ...

    def shown_as(self, projection: Projection) -> Mapping[str, Scalar]:
        """The fields of the return's own record as `publish` would write them, but for those that link it to others.

        Raises Permanent when the org's mapping cannot show the return."""
        ...

    async def standing(self, return_ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
        """What the own records of these returns hold now in the fields `publish` writes, by return id; those that are
        not there are left out. A read."""
        ...


@dataclass(frozen=True, slots=True)
class Forecast:
    """What loading `returns` at once would take. `calls` count against the org's allowance, `batches` are what the CRM
    works off in one go, `seconds` is a guess. `left` of `limit` calls are what the org says; None: it has no such
    allowance, or does not tell."""

    returns: int
    calls: int
    batches: int
    seconds: float
    limit: int | None = None
    left: int | None = None

    @property
    def share(self) -> float | None:
        """Of what is left: 0.38 uses 38 %. More than 1 does not fit."""
        return None if self.left is None else self.calls / max(self.left, 1)


class Bulk(Protocol):
    """Many returns at once, for those the CRM was never told of. Customers and lines go with them, as in `publish`."""

    async def forecast(self, returns: int, lines: int) -> Forecast:
        """`lines` of all of them together. A read: raises Retryable or Permanent."""
        ...

    async def load(
        self, projections: Sequence[Projection], ticket: str, keep: Callable[[str], Awaitable[None]]
    ) -> Mapping[str, Published | VendorError]:
        """How it ended for each return, by its id. Never over a newer version, which is then the one answered.

        `keep` is given a ticket as soon as the CRM has taken the work: with it an interrupted load goes on where it
        was instead of beginning again ('' begins). Raises Retryable or Permanent when nothing can be told of any."""
        ...


@dataclass(frozen=True, slots=True)
class Cleared:
    """Records by object and id. `cleared` were emptied of what is ours there, `left` are the CRM's own, with what its
    people keep in them; `refused` says of each that could not be emptied why."""

    cleared: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class Clearing(Protocol):
    """Empties what a CRM shows of a person whose data are erased."""

    async def clear(self, return_ids: Sequence[str], contacts: Sequence[str], accounts: Sequence[str]) -> Cleared:
        """The returns' records by our ids, the customer's by the CRM's. What is empty or gone is not written. Raises
        Retryable or Permanent: it may be repeated."""
        ...


class People(Protocol):
    """How a CRM's contacts say who they are."""

    @property
    def person_fields(self) -> tuple[str, ...]:
        """The fields of a contact that `person` reads, to be watched."""
        ...

    def person(self, org: str, record: str, fields: Mapping[str, Scalar]) -> PartyRecord: ...


class Evidence(StrEnum):
    """How well we know when a field was changed."""

    CERTAIN = "certain"
    """The CRM named this very field in the change."""
    POSSIBLE = "possible"
    """The record was changed; which of its fields must be found by comparing."""


class ChangeKind(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNDELETED = "undeleted"
    MERGED = "merged"
    """The record was merged into `merged_into`; its id is gone or dead."""
    GAP = "gap"
    """The record changed and the CRM does not say how: read it again."""
    OVERFLOW = "overflow"
    """More changed than the CRM tells one by one: compare the whole object. `record` is empty."""


@dataclass(frozen=True, slots=True)
class Change:
    """One record's change as a CRM told it. `record` is the 18 characters or the GUID; `fields` are the watched fields
    it told, in the CRM's form; `own` is True when our own client made it, as far as the CRM says, else None (not said)
    or False. `event` names the change for ever: the same event twice is one. `version` is the record's own token (ETag,
    SystemModstamp), where there is one."""

    object: str
    record: str
    kind: ChangeKind
    at: datetime
    event: str
    evidence: Evidence = Evidence.POSSIBLE
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    own: bool | None = None
    writer: str = ""
    version: str = ""
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Changes in the order the CRM told them. `cursor` is where to go on *after their effects are saved*. `more`: ask
    again at once. `lapsed`: the cursor was too old or is unknown; nothing is told until a new one is begun, and
    everything has to be compared meanwhile."""

    changes: tuple[Change, ...]
    cursor: str
    more: bool = False
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """An object whose changes are wanted. `key` is the field with our own reference (return id, customer id); `fields`
    are told with every change, `key` among them."""

    object: str
    key: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it stands. `fields` as watched; `deleted` in the recycle bin or inactive by a merge."""

    object: str
    record: str
    fields: Mapping[str, Scalar]
    at: datetime | None = None
    version: str = ""
    deleted: bool = False
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A part of all rows of an object that have a key, by rising record id. `after` is None at the end: only then was
    the enumeration complete."""

    rows: tuple[Row, ...]
    after: str | None


class Feed(Protocol):
    """What is changed in a CRM org. All methods are reads: they raise Retryable or Permanent and may be repeated."""

    async def begin(self, watch: Watch) -> str:
        """A cursor that tells every change from now on."""
        ...

    async def changes(self, watch: Watch, cursor: str, wait: float) -> Page:
        """What came after the cursor; an empty page with the same or a newer cursor after `wait` seconds of silence.

        A lapsed cursor is an answer (`Page.lapsed`), not an error. Changes may come twice, around a cursor: tell them
        apart by `Change.event`."""
        ...

    async def rows(self, watch: Watch, records: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> tuple[Row, ...]:
        """Records by id and by key, deleted and merged ones among them; those that never were are left out."""
        ...

    async def every(self, watch: Watch, after: str = "") -> Rows:
        """All live records that have a key, in parts; begin with ''."""
        ...

    async def alive(self, watch: Watch) -> bool:
        """False when the CRM no longer sends what `changes` waits for (change capture switched off, tracking off)."""
        ...
