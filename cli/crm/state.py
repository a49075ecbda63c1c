"""The CRMs on one page, and how good the data are that they are shown."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from cli.crm import backfill, quota, reconcile
from cli.crm.asking import Org
from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from runtime import settings, wiring
from runtime.documents import document_of
from runtime.hub.ages import lasting
from runtime.hub.overview import QualityView, RegionCoverage, StatusView, quality_of, status_of
from runtime.overview import Overview

T = TypeVar("T")
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="How far back is measured.")]


def register(group: typer.Typer) -> None:
    group.command()(status)
    group.command()(quality)


def status(org: Org = None, days: Days = 30, url: Url = None, as_json: Json = False) -> None:
    """Coverage, latency, errors, dead letters, allowance, listening, backfill and reconciliation of each CRM org."""
    now = datetime.now(UTC)
    found = either(
        url,
        lambda api: read(StatusView, api.crm.status(org, days)),
        lambda: status_of(_look(lambda overview: overview.seen(org, days)), days, now),
    )
    show(document_of(found), _status_lines(found, now), as_json)


def quality(org: Org = None, days: Days = 365, url: Url = None, as_json: Json = False) -> None:
    """What the returns of that time lack, what is malformed, twice or stale; and what differs in the CRMs by field."""
    found = either(
        url,
        lambda api: read(QualityView, api.crm.quality(org, days)),
        lambda: quality_of(*_look(lambda overview: overview.quality(org, days)), days, datetime.now(UTC)),
    )
    show(document_of(found), _quality_lines(found), as_json)


def _status_lines(found: StatusView, now: datetime) -> Iterator[str]:
    if not found.orgs:
        yield "no return was ever owed to a CRM"
    for org in found.orgs:
        yield f"{org.org} ({org.object or 'not in the settings'})"
        yield from (f"  {line}" for line in table(_coverage_row(one) for one in org.coverage))
        for one in (each for each in org.attempts if not each.region):
            causes = ", ".join(f"{cause} {many}" for cause, many in Counter(dict(one.causes)).most_common(5))
            rate = 100 * (one.error_rate or 0)
            yield f"  {one.failed} of {one.went + one.failed} attempts failed ({rate:.1f} %) in {found.days} days" + (
                f": {causes}" if causes else ""
            )
        yield f"  {org.dead_letters} dead letters"
        if org.allowance is not None:
            yield from (f"  {line}" for line in quota.lines_of(org.allowance, now))
        for name, heard in org.inbound.items():
            why = f", comparing everything: {heard.comparing}" if heard.comparing else ""
            yield f"  {name} was listened to {lasting(heard.listened_seconds_ago or 0)} ago{why}"
        if org.backfill is not None:
            yield from (f"  {line}" for line in backfill.lines_of(org.backfill))
        if org.reconciliation is not None:
            yield from (f"  {line}" for line in reconcile.lines_of(org.reconciliation))
    if found.untold:
        yield f"{found.untold} open returns were never owed to any CRM"


def _coverage_row(one: RegionCoverage) -> tuple[str, str, str]:
    of = one.open
    share = f"{1000 * of.current // of.returns / 10:.1f} %" if of.returns else "none open"
    told = one.latency
    latency = f"p50 {told.p50:.2f} s, p95 {told.p95:.2f} s, p99 {told.p99:.2f} s" if told else "not measured"
    return one.region or "all regions", f"{of.current} of {of.returns} open current ({share})", latency


def _quality_lines(found: QualityView) -> Iterator[str]:
    yield from table(
        (one.field, f"{_percent(one.complete)} filled", f"{_percent(one.valid)} of these valid") for one in found.fields
    )
    yield f"{found.duplicates} mail addresses stand for several customers"
    for one in found.staleness:
        since = f", the oldest for {lasting(one.oldest_seconds)}" if one.oldest_seconds is not None else ""
        yield f"{one.org}: {one.fields} of {one.behind} returns is behind{since}"
    for org, differed in found.drift.items():
        for name, many in sorted(differed.items()):
            yield f"{org}: {name} differed in {many} returns when it was last compared"


def _percent(share: float | None) -> str:
    """Rounded down: 100 % is said of all only. A share is exact enough: nobody has so many returns."""
    return f"{int(1000 * share + 1e-6) / 10:.1f} %" if share is not None else "none"


def _look(question: Callable[[Overview], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.overview(settings.read()) as overview:
            return await question(overview)

    return asyncio.run(run())
