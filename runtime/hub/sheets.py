"""How one CRM org does, on one sheet: what it shows, how fast, what went wrong, what is left of its calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.hub import overview
from runtime.overview import Seen
from runtime.protection import Protected
from store.port import Attempts, Backfill, OrgCoverage, Position, Reconciliation

_CAUSES = 5


@dataclass(frozen=True, slots=True)
class Sheet:
    """`object` is empty for an org that has left the settings, `whole` None for one that was never owed anything.
    `causes` are the most frequent ones of what failed."""

    org: str
    object: str
    whole: OrgCoverage | None
    regions: tuple[OrgCoverage, ...]
    attempts: Attempts | None
    causes: tuple[tuple[str, int], ...]
    dead: int
    allowance: Protected | None
    forecast: int | None
    cursors: tuple[Position, ...]
    backfill: Backfill | None
    comparison: Reconciliation | None


def sheets_of(seen: Seen, now: datetime) -> tuple[Sheet, ...]:
    names = sorted({*overview.orgs(seen), *seen.objects})
    return tuple(_sheet(seen, name, now) for name in names)


def _sheet(seen: Seen, org: str, now: datetime) -> Sheet:
    attempts = next((one for one in seen.attempts if one.org == org and not one.region), None)
    causes = sorted(attempts.causes.items(), key=lambda cause: -cause[1]) if attempts else []
    allowance = next((one for one in seen.allowances if one.org == org), None)
    standing = allowance.standing if allowance else None
    return Sheet(
        org=org,
        object=seen.objects.get(org, ""),
        whole=next((one for one in seen.coverage.orgs if one.org == org), None),
        regions=tuple(one for one in seen.coverage.regions if one.org == org),
        attempts=attempts,
        causes=tuple(causes[:_CAUSES]),
        dead=overview.dead(seen, org),
        allowance=allowance,
        forecast=standing.forecast(now) if standing else None,
        cursors=overview.of(seen.cursors, org),
        backfill=next((one for one in seen.backfills if one.org == org), None),
        comparison=next((one for one in seen.reconciliations if one.org == org), None),
    )
