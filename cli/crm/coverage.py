"""How much of what returns are the CRMs show: the share, what lags and since when, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.crm.asking import Org, look
from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from runtime.documents import document_of
from runtime.hub.ages import lasting
from runtime.hub.coverage import Counted, CoverageView, view_of


def register(group: typer.Typer) -> None:
    group.command()(coverage)


def coverage(
    org: Org = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How far back the latency is measured.")] = 30,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many lagging returns are listed.")] = 50,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """The share of returns that each CRM shows as they stand, what lags and since when."""
    found = either(
        url,
        lambda api: read(CoverageView, api.crm.coverage(org, days, limit)),
        lambda: view_of(look(lambda sight: sight.coverage(org, days, limit)), days, datetime.now(UTC)),
    )
    show(document_of(found), _lines(found), as_json)


def _lines(found: CoverageView) -> Iterator[str]:
    if not found.orgs:
        yield "no return was ever owed to a CRM"
    for one in found.orgs:
        lag = f", oldest lag {lasting(one.oldest_lag_seconds)}" if one.oldest_lag_seconds is not None else ""
        yield f"{one.org}: open {_share(one.open)}, all {_share(one.all)}{lag}"
        if one.latency is not None:
            told = one.latency
            measured = f"p50 {told.p50:.2f} s, p95 {told.p95:.2f} s, p99 {told.p99:.2f} s"
            yield f"  from recorded to shown: {measured} ({told.count} in {found.latency_days} days)"
    if found.untold:
        yield f"{found.untold} open returns were never owed to any CRM"
    yield from table(
        (
            one.return_id, one.org, f"is {one.stage} (version {one.version})",
            f"shows {one.shown_stage or 'nothing known'} (version {one.shown_version})", lasting(one.age_seconds),
            one.cause,
        )
        for one in found.lagging
    )  # fmt: skip


def _share(of: Counted) -> str:
    """Rounded down: 100 % is said of all only."""
    return f"{of.current} of {of.returns} ({1000 * of.current // of.returns / 10:.1f} %)" if of.returns else "none"
