"""The CRMs on one page, and how good the data are that they are shown. Reads PostgreSQL only."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from cli.crm import backfill, inbound, quota, reconcile
from cli.crm.asking import Org
from cli.output import Json, show, table
from runtime import wiring
from runtime.overview import Overview, Seen
from runtime.settings import read
from runtime.views.ages import age, seconds
from store.port import Attempts, OrgCoverage, Reconciliation, Scorecard

T = TypeVar("T")
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="How far back is measured.")]


def register(group: typer.Typer) -> None:
    group.command()(status)
    group.command()(quality)


def status(org: Org = None, days: Days = 30, as_json: Json = False) -> None:
    """Coverage, latency, errors, dead letters, allowance, listening, backfill and reconciliation of each CRM org."""
    seen = _look(lambda overview: overview.seen(org, days))
    now = datetime.now(UTC)
    document = {
        "days": days,
        "orgs": [
            {"org": name, "object": seen.objects.get(name, ""), "dead_letters": _dead(seen, name)}
            | {"coverage": [_coverage(one) for one in _measured(seen, name)]}
            | {"attempts": [_attempts(one) for one in seen.attempts if one.org == name]}
            | {"allowance": next((quota.document_of(one, now) for one in seen.allowances if one.org == name), None)}
            | {"inbound": {one.object: inbound.position_of(one, now) for one in _of(seen.cursors, name)}}
            | {"backfill": next((backfill.document_of(one, now) for one in seen.backfills if one.org == name), None)}
            | {
                "reconciliation": next(
                    (reconcile.document_of(one, now) for one in seen.reconciliations if one.org == name), None
                )
            }
            for name in _orgs(seen)
        ],
        "untold": seen.coverage.untold,
    }
    show(document, _status_lines(seen, days, now), as_json)


def quality(org: Org = None, days: Days = 365, as_json: Json = False) -> None:
    """What the returns of that time lack, what is malformed, twice or stale; and what differs in the CRMs by field."""
    found, runs = _look(lambda overview: overview.quality(org, days))
    now = datetime.now(UTC)
    document = {
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
    show(document, _quality_lines(found, runs, now), as_json)


def _orgs(seen: Seen) -> list[str]:
    known = {one.org for one in seen.coverage.orgs} | {one.org for one in seen.attempts}
    known |= {one.org for one in seen.backfills} | {one.org for one in seen.reconciliations}
    known |= {one.org for one in seen.cursors}
    known |= {one.org for one in seen.allowances if one.standing is not None or one.breakers}
    return sorted(known)


def _measured(seen: Seen, org: str) -> list[OrgCoverage]:
    return [one for one in (*seen.coverage.orgs, *seen.coverage.regions) if one.org == org]


def _dead(seen: Seen, org: str) -> int:
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


def _status_lines(seen: Seen, days: int, now: datetime) -> Iterator[str]:
    if not _orgs(seen):
        yield "no return was ever owed to a CRM"
    for name in _orgs(seen):
        yield f"{name} ({seen.objects.get(name, 'not in the settings')})"
        yield from (f"  {line}" for line in table(_coverage_row(one) for one in _measured(seen, name)))
        for one in (each for each in seen.attempts if each.org == name and not each.region):
            causes = ", ".join(f"{cause} {many}" for cause, many in Counter(dict(one.causes)).most_common(5))
            rate = 100 * (one.error_rate or 0)
            yield f"  {one.failed} of {one.went + one.failed} attempts failed ({rate:.1f} %) in {days} days" + (
                f": {causes}" if causes else ""
            )
        yield f"  {_dead(seen, name)} dead letters"
        for allowance in _of(seen.allowances, name):
            yield from (f"  {line}" for line in quota.lines_of(allowance, now))
        for cursor in _of(seen.cursors, name):
            why = f", comparing everything: {cursor.comparing}" if cursor.comparing else ""
            yield f"  {cursor.object} was listened to {age(now - cursor.saved_at)} ago{why}"
        yield from (f"  {line}" for line in backfill.lines_of(_of(seen.backfills, name), now))
        for run in _of(seen.reconciliations, name):
            yield from (f"  {line}" for line in reconcile.lines_of(run, now))
    if seen.coverage.untold:
        yield f"{seen.coverage.untold} open returns were never owed to any CRM"


def _coverage_row(one: OrgCoverage) -> tuple[str, str, str]:
    share = f"{1000 * one.open_current // one.open / 10:.1f} %" if one.open else "none open"
    told = one.latency
    latency = f"p50 {told.p50:.2f} s, p95 {told.p95:.2f} s, p99 {told.p99:.2f} s" if told else "not measured"
    return one.region or "all regions", f"{one.open_current} of {one.open} open current ({share})", latency


def _of(found: tuple[Any, ...], org: str) -> tuple[Any, ...]:
    return tuple(one for one in found if one.org == org)


def _quality_lines(found: Scorecard, runs: tuple[Reconciliation, ...], now: datetime) -> Iterator[str]:
    yield from table(
        (one.field, f"{_percent(one.filled, one.every)} filled", f"{_percent(one.valid, one.filled)} of these valid")
        for one in found.fields
    )
    yield f"{found.duplicates} mail addresses stand for several customers"
    for one in found.staleness:
        since = f", the oldest for {age(now - one.oldest)}" if one.oldest else ""
        yield f"{one.org}: {one.fields} of {one.behind} returns is behind{since}"
    for run in runs:
        for name, many in sorted(run.fields.items()):
            yield f"{run.org}: {name} differed in {many} returns when it was last compared"


def _percent(many: int, of: int) -> str:
    """Rounded down: 100 % is said of all only."""
    return f"{1000 * many // of / 10:.1f} %" if of else "none"


def _look(question: Callable[[Overview], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.overview(read()) as overview:
            return await question(overview)

    return asyncio.run(run())
