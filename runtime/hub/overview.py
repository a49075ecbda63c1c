"""The CRMs on one page, and how good the data are that they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runtime.hub import backfills, listening, quota, reconciliations
from runtime.hub.ages import seconds
from runtime.overview import Seen
from store.port import Attempts, OrgCoverage, Reconciliation, Scorecard


def status_of(seen: Seen, days: int, now: datetime) -> dict[str, Any]:
    return {
        "days": days,
        "orgs": [
            {"org": name, "object": seen.objects.get(name, ""), "dead_letters": dead(seen, name)}
            | {"coverage": [_coverage(one) for one in measured(seen, name)]}
            | {"attempts": [_attempts(one) for one in seen.attempts if one.org == name]}
            | {"allowance": next((quota.document_of(one, now) for one in seen.allowances if one.org == name), None)}
            | {"inbound": {one.object: listening.position_of(one, now) for one in of(seen.cursors, name)}}
            | {"backfill": next((backfills.document_of(one, now) for one in seen.backfills if one.org == name), None)}
            | {
                "reconciliation": next(
                    (reconciliations.document_of(one, now) for one in seen.reconciliations if one.org == name), None
                )
            }
            for name in orgs(seen)
        ],
        "untold": seen.coverage.untold,
    }


def quality_of(found: Scorecard, runs: tuple[Reconciliation, ...], days: int, now: datetime) -> dict[str, Any]:
    return {
        "days": days,
        "fields": [
            {"field": one.field, "returns": one.every, "complete": _part(one.filled, one.every)}
            | {"valid": _part(one.valid, one.filled)}
            for one in found.fields
        ],
        "duplicates": found.duplicates,
        "staleness": [
            {"org": one.org, "fields": one.fields, "behind": one.behind}
            | {"oldest_seconds": seconds(now - one.oldest) if one.oldest else None}
            for one in found.staleness
        ],
        "drift": {one.org: dict(one.fields) for one in runs},
    }


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


def _coverage(one: OrgCoverage) -> dict[str, Any]:
    told = one.latency
    return {
        "region": one.region,
        "open": one.open,
        "open_current": one.open_current,
        "coverage": _part(one.open_current, one.open),
        "all": one.all,
        "all_current": one.all_current,
        "latency": {"count": told.count, "p50": told.p50, "p95": told.p95, "p99": told.p99} if told else None,
    }


def _attempts(one: Attempts) -> dict[str, Any]:
    return {"region": one.region, "went": one.went, "failed": one.failed, "error_rate": one.error_rate} | {
        "causes": dict(one.causes)
    }


def _part(many: int, of: int) -> float | None:
    return many / of if of else None


def of(found: tuple[Any, ...], org: str) -> tuple[Any, ...]:
    return tuple(one for one in found if one.org == org)
