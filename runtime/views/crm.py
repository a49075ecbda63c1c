"""What each CRM shows of one return, how old that is, and what is in dispute there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import ids
from domain.change_request import RequestState
from domain.returns import Snapshot
from runtime.documents import plain
from security.sealing import is_sealed
from store.port import Conflict, Item, Record, Shown

_SEALED = "(personal)"


@dataclass(frozen=True, slots=True)
class Agreed:
    """A field that people may edit in the CRM. `holds` is what it has there, as far as we know. `edited`: it is not
    what we sent. `frozen`: edits of it are not followed until a person has looked."""

    field: str
    holds: str
    edited: bool
    stands: bool
    frozen: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit made in the CRM and what was decided. Personal values are not told."""

    field: str
    outcome: str
    rule: str
    reason: str
    theirs: str
    stands: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrgView:
    """`shown` is the version the org shows (0: none), of `version`; `behind_since`: it is owed something newer since
    then. `given_up` says why telling it was given up for now. `object` and `record` name its record there."""

    org: str
    current: bool
    shown: int
    version: int
    shown_stage: str
    shown_at: datetime | None
    behind_since: datetime | None
    given_up: str
    given_up_at: datetime | None
    object: str
    record: str
    record_state: str
    agreed: tuple[Agreed, ...]
    edits: tuple[Edit, ...]
    requests: tuple[RequestState, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class OrgBooks:
    """What is kept of one return and one org beside what it shows. `edits` newest first."""

    record: Record | None
    edits: tuple[Conflict, ...]
    items: tuple[Item, ...]


def crm_of(
    snap: Snapshot, shown: tuple[Shown, ...], books: Mapping[str, OrgBooks], requests: tuple[RequestState, ...]
) -> tuple[OrgView, ...]:
    return tuple(_org(snap, one, books[one.org], requests) for one in shown)


def document(return_id: str, orgs: tuple[OrgView, ...]) -> dict[str, Any]:
    return {"return_id": return_id, "orgs": plain(tuple[OrgView, ...], orgs)}


def _org(snap: Snapshot, shown: Shown, books: OrgBooks, requests: tuple[RequestState, ...]) -> OrgView:
    record, source = books.record, ids.crm_source(shown.org)
    return OrgView(
        org=shown.org,
        current=shown.owed_since is None and shown.stage == snap.stage,
        shown=shown.version,
        version=snap.version,
        shown_stage=shown.stage,
        shown_at=shown.shown_at,
        behind_since=shown.owed_since,
        given_up=shown.reason if shown.given_up_at is not None else "",
        given_up_at=shown.given_up_at,
        object=record.object if record else "",
        record=record.record if record else "",
        record_state=str(record.state) if record else "",
        agreed=_agreed(record),
        edits=tuple(_edit(one) for one in books.edits),
        requests=tuple(one for one in requests if one.request.source == source),
        items=books.items,
    )


def _agreed(record: Record | None) -> tuple[Agreed, ...]:
    fields = sorted(record.fields.items()) if record else ()
    return tuple(Agreed(name, _told(one.base), one.drifted, one.won, one.frozen) for name, one in fields)


def _edit(one: Conflict) -> Edit:
    return Edit(one.field, str(one.outcome), one.rule, one.reason, _told(one.theirs), _told(one.value), one.at)


def _told(value: Any) -> str:
    if value is None:
        return ""
    return _SEALED if is_sealed(value) else str(value)
