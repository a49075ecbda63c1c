"""The CRMs on one page, and how good the data are that they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.hub import backfills, listening, quota, reconciliations
from runtime.hub.ages import seconds
from runtime.hub.backfills import BackfillView
from runtime.hub.coverage import Counted, counted, part
from runtime.hub.listening import ObjectHeard
from runtime.hub.quota import AllowanceView
from runtime.hub.reconciliations import ComparisonView
from runtime.overview import Seen
from store.port import Attempts, Latency, OrgCoverage, Reconciliation, Scorecard


@dataclass(frozen=True, slots=True)
class RegionCoverage:
    """`region` is empty for all of them together."""

    region: str
    open: Counted
    all: Counted
    latency: Latency | None


@dataclass(frozen=True, slots=True)
class AttemptsView:
    """How publications ended, in one region or (empty) all together; `causes` by the vendor's code."""

    region: str
    went: int
    failed: int
    error_rate: float | None
    causes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OrgStatus:
    """`object` is what the org shows a return as; empty for one that has left the settings. `inbound` says by object
    how far it was listened to."""

    org: str
    object: str
    dead_letters: int
    coverage: tuple[RegionCoverage, ...]
    attempts: tuple[AttemptsView, ...]
    allowance: AllowanceView | None
    inbound: Mapping[str, ObjectHeard]
    backfill: BackfillView | None
    reconciliation: ComparisonView | None


@dataclass(frozen=True, slots=True)
class StatusView:
    """`untold` are open returns that no CRM was ever to show; latency and attempts are measured `days` back."""

    days: int
    orgs: tuple[OrgStatus, ...]
    untold: int


@dataclass(frozen=True, slots=True)
class FieldView:
    """`complete` is the share of `returns` that have the field, `valid` the share of those that is well-formed."""

    field: str
    returns: int
    complete: float | None
    valid: float | None


@dataclass(frozen=True, slots=True)
class StalenessView:
    """Returns whose class of `fields` the org shows otherwise than they are."""

    org: str
    fields: str
    behind: int
    oldest_seconds: float | None


@dataclass(frozen=True, slots=True)
class QualityView:
    """`duplicates` are mail addresses of several customers; `drift` counts by org and field what differed when it was
    last compared."""

    days: int
    fields: tuple[FieldView, ...]
    duplicates: int
    staleness: tuple[StalenessView, ...]
    drift: Mapping[str, Mapping[str, int]]


def status_of(seen: Seen, days: int, now: datetime) -> StatusView:
    return StatusView(days, tuple(_org(seen, name, now) for name in orgs(seen)), seen.coverage.untold)


def quality_of(found: Scorecard, runs: tuple[Reconciliation, ...], days: int, now: datetime) -> QualityView:
    return QualityView(
        days=days,
        fields=tuple(
            FieldView(one.field, one.every, part(one.filled, one.every), part(one.valid, one.filled))
            for one in found.fields
        ),
        duplicates=found.duplicates,
        staleness=tuple(
            StalenessView(one.org, one.fields, one.behind, seconds(now - one.oldest) if one.oldest else None)
            for one in found.staleness
        ),
        drift={one.org: one.fields for one in runs},
    )


def orgs(seen: Seen) -> list[str]:
    known = {one.org for one in seen.coverage.orgs} | {one.org for one in seen.attempts}
    known |= {one.org for one in seen.backfills} | {one.org for one in seen.reconciliations}
    known |= {one.org for one in seen.cursors}
    known |= {one.org for one in seen.allowances if one.standing is not None or one.breakers}
    return sorted(known)


def measured(seen: Seen, org: str) -> list[OrgCoverage]:
    return [one for one in (*seen.coverage.orgs, *seen.coverage.regions) if one.org == org]


def dead(seen: Seen, org: str) -> int:
    return sum(one.org == org for one in seen.letters)


def _org(seen: Seen, name: str, now: datetime) -> OrgStatus:
    return OrgStatus(
        org=name,
        object=seen.objects.get(name, ""),
        dead_letters=dead(seen, name),
        coverage=tuple(_coverage(one) for one in measured(seen, name)),
        attempts=tuple(_attempts(one) for one in of(seen.attempts, name)),
        allowance=next((quota.view_of(one, now) for one in of(seen.allowances, name)), None),
        inbound=listening.positions_of(of(seen.cursors, name), now),
        backfill=next((backfills.view_of(one, now) for one in of(seen.backfills, name)), None),
        reconciliation=next((reconciliations.view_of(one, now) for one in of(seen.reconciliations, name)), None),
    )


def _coverage(one: OrgCoverage) -> RegionCoverage:
    return RegionCoverage(
        one.region, counted(one.open, one.open_current), counted(one.all, one.all_current), one.latency
    )


def _attempts(one: Attempts) -> AttemptsView:
    return AttemptsView(one.region, one.went, one.failed, one.error_rate, one.causes)


def of(found: tuple[Any, ...], org: str) -> tuple[Any, ...]:
    return tuple(one for one in found if one.org == org)
