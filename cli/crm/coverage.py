"""How much of what returns are the CRMs show: the share, what lags and since when, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.crm.asking import Org, look
from cli.output import Json, show, table
from runtime.documents import document_of
from runtime.hub.ages import age
from runtime.hub.coverage import view_of
from store.port import Coverage


def register(group: typer.Typer) -> None:
    group.command()(coverage)


def coverage(
    org: Org = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How far back the latency is measured.")] = 30,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many lagging returns are listed.")] = 50,
    as_json: Json = False,
) -> None:
    """The share of returns that each CRM shows as they stand, what lags and since when. Reads PostgreSQL only."""
    found = look(lambda sight: sight.coverage(org, days, limit))
    now = datetime.now(UTC)
    show(document_of(view_of(found, days, now)), _coverage_lines(found, days, now), as_json)


def _coverage_lines(found: Coverage, days: int, now: datetime) -> Iterator[str]:
    if not found.orgs:
        yield "no return was ever owed to a CRM"
    for one in found.orgs:
        lag = f", oldest lag {age(now - one.oldest)}" if one.oldest else ""
        yield f"{one.org}: open {_share(one.open, one.open_current)}, all {_share(one.all, one.all_current)}{lag}"
        if one.latency is not None:
            told = one.latency
            measured = f"p50 {told.p50:.2f} s, p95 {told.p95:.2f} s, p99 {told.p99:.2f} s"
            yield f"  from recorded to shown: {measured} ({told.count} in {days} days)"
    if found.untold:
        yield f"{found.untold} open returns were never owed to any CRM"
    yield from table(
        (
            one.return_id, one.org, f"is {one.stage} (version {one.version})",
            f"shows {one.shown_stage or 'nothing known'} (version {one.shown})", age(now - one.since), one.reason,
        )
        for one in found.lagging
    )  # fmt: skip


def _share(many: int, current: int) -> str:
    """Rounded down: 100 % is said of all only."""
    return f"{current} of {many} ({1000 * current // many / 10:.1f} %)" if many else "none"
