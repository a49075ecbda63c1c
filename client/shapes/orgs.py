"""A CRM org: its calls, how it is listened to, filled and compared, what it leaves to people."""

from __future__ import annotations

from typing import TypedDict

from client.shapes.sides import OpenItem


class CallWindow(TypedDict):
    """Calls of the org's own window: `used` of `limit` (null: the org has none), of these by us and by others;
    `forecast` for its end, null while it is too young to say."""

    began: str
    ends: str
    limit: int | None
    used: int
    used_by_us: int
    used_by_others: int
    in_hand: int
    used_ratio: float | None
    reserve_percent: int
    forecast: int | None
    told_at: str | None


class ClosedByHand(TypedDict):
    at: str
    why: str


class Breaker(TypedDict):
    family: str
    state: str
    cause: str
    failures: int
    opened_at: str | None
    until: str | None
    closed_by_hand: ClosedByHand | None


class Allowance(TypedDict):
    """`window` is null while nothing was asked of the org in it; `queue_slowed` its task queue."""

    org: str
    window: CallWindow | None
    queue_slowed: bool
    breakers: list[Breaker]


class ObjectHeard(TypedDict):
    """One object of an org. Seconds are null where it was never listened to, or nothing was told. `comparing` says why
    everything is compared (empty: it is not), `trouble` what went wrong last."""

    listened_seconds_ago: float | None
    told_seconds_ago: float | None
    comparing: str
    trouble: str


class OrgHeard(TypedDict):
    """`waiting` are returns whose publication failed and comes again."""

    org: str
    status: str
    waiting: list[str]
    objects: dict[str, ObjectHeard]


class Forecast(TypedDict):
    """What a backfill would take. `left` of `limit` calls of today as the org says; None: it does not."""

    returns: int
    lines: int
    calls: int
    batches: int
    seconds: float
    limit: int | None
    left: int | None
    share: float | None


class Backfill(TypedDict):
    """`shown`, `newer` (a lane was there first) and `refused` add up to what is behind it, of about `total`."""

    org: str
    state: str
    stages: str
    since: str | None
    total: int
    shown: int
    newer: int
    refused: int
    age_seconds: float
    changed_seconds_ago: float
    reason: str


class Comparison(TypedDict):
    """`in_crm` records were met, `in_books` returns should be there; `sample` 0: all were compared."""

    org: str
    object: str
    state: str
    sample: int
    in_crm: int
    in_books: int
    same: int
    healed: int
    subscription_alive: bool
    causes: dict[str, int]
    fields: dict[str, int]
    reason: str
    age_seconds: float


class Drift(TypedDict):
    """One field of one record, or the whole record (`field` empty). `ours` and `theirs` are keyed hashes. `return_id`
    is the key as the org has it, also when it is no return of ours."""

    return_id: str
    record: str
    field: str
    cause: str
    action: str
    ours: str
    theirs: str


class ComparisonReport(Comparison):
    """With the differences one by one. `ours` and `theirs` are keyed hashes: no value is told."""

    drift: list[Drift]


class Item(OpenItem):
    """`choices` are the words a resolution takes, and what each means."""

    choices: dict[str, str]


class Conflict(TypedDict):
    """A decision about a field somebody else changed. Personal values are commitments. `base` is what was agreed on,
    `theirs` what the CRM told, `ours` what we say, `value` what stands since; `writer` is the CRM's user id."""

    org: str
    object: str
    record: str
    key: str
    field: str
    rule: str
    outcome: str
    reason: str
    base: str | int | float | bool | None
    theirs: str | int | float | bool | None
    ours: str | int | float | bool | None
    value: str | int | float | bool | None
    evidence: str
    own: bool | None
    writer: str
    at: str
    event: str
    request_id: str
    decided_at: str | None
