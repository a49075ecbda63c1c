"""The CRMs on one page, and how good the data are that they are shown. Reads PostgreSQL only."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from cli.crm import backfill, quota, reconcile
from cli.crm.asking import Org
from cli.output import Json, show, table
from runtime import wiring
from runtime.documents import document_of
from runtime.hub.ages import age
from runtime.hub.overview import dead, measured, of, orgs, quality_of, status_of
from runtime.overview import Overview, Seen
from runtime.settings import read
from store.port import OrgCoverage, Reconciliation, Scorecard

T = TypeVar("T")
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="How far back is measured.")]


def register(group: typer.Typer) -> None:
    group.command()(status)
    group.command()(quality)


def status(org: Org = None, days: Days = 30, as_json: Json = False) -> None:
    """Coverage, latency, errors, dead letters, allowance, listening, backfill and reconciliation of each CRM org."""
    seen = _look(lambda overview: overview.seen(org, days))
    now = datetime.now(UTC)
    show(document_of(status_of(seen, days, now)), _status_lines(seen, days, now), as_json)


def quality(org: Org = None, days: Days = 365, as_json: Json = False) -> None:
    """What the returns of that time lack, what is malformed, twice or stale; and what differs in the CRMs by field."""
    found, runs = _look(lambda overview: overview.quality(org, days))
    now = datetime.now(UTC)
    show(document_of(quality_of(found, runs, days, now)), _quality_lines(found, runs, now), as_json)


def _status_lines(seen: Seen, days: int, now: datetime) -> Iterator[str]:
    if not orgs(seen):
        yield "no return was ever owed to a CRM"
    for name in orgs(seen):
        yield f"{name} ({seen.objects.get(name, 'not in the settings')})"
        yield from (f"  {line}" for line in table(_coverage_row(one) for one in measured(seen, name)))
        for one in (each for each in seen.attempts if each.org == name and not each.region):
            causes = ", ".join(f"{cause} {many}" for cause, many in Counter(dict(one.causes)).most_common(5))
            rate = 100 * (one.error_rate or 0)
            yield f"  {one.failed} of {one.went + one.failed} attempts failed ({rate:.1f} %) in {days} days" + (
                f": {causes}" if causes else ""
            )
        yield f"  {dead(seen, name)} dead letters"
        for allowance in of(seen.allowances, name):
            yield from (f"  {line}" for line in quota.lines_of(allowance, now))
        for cursor in of(seen.cursors, name):
            why = f", comparing everything: {cursor.comparing}" if cursor.comparing else ""
            yield f"  {cursor.object} was listened to {age(now - cursor.saved_at)} ago{why}"
        yield from (f"  {line}" for line in backfill.lines_of(of(seen.backfills, name), now))
        for run in of(seen.reconciliations, name):
            yield from (f"  {line}" for line in reconcile.lines_of(run, now))
    if seen.coverage.untold:
        yield f"{seen.coverage.untold} open returns were never owed to any CRM"


def _coverage_row(one: OrgCoverage) -> tuple[str, str, str]:
    share = f"{1000 * one.open_current // one.open / 10:.1f} %" if one.open else "none open"
    told = one.latency
    latency = f"p50 {told.p50:.2f} s, p95 {told.p95:.2f} s, p99 {told.p99:.2f} s" if told else "not measured"
    return one.region or "all regions", f"{one.open_current} of {one.open} open current ({share})", latency


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
