"""Commands about what the CRMs show of returns: how much is current, what was given up, and to show it again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import typer

from cli.output import Json, show, table
from domain.errors import BadInput
from runtime import wiring
from runtime.settings import read
from runtime.temporal import connect
from runtime.visibility import Outcome, Replaying, Sight, Told
from store.port import Coverage, OrgCoverage

T = TypeVar("T")
Org = Annotated[str | None, typer.Option("--org", help="Only this CRM org, by its name in the settings.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What the CRMs show of returns.", no_args_is_help=True)
    group.command()(coverage)
    group.command()(dead_letters)
    group.command()(replay)
    app.add_typer(group, name="crm")


def coverage(
    org: Org = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How far back the latency is measured.")] = 30,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many lagging returns are listed.")] = 50,
    as_json: Json = False,
) -> None:
    """The share of returns that each CRM shows as they stand, what lags and since when. Reads PostgreSQL only."""
    found = _look(lambda sight: sight.coverage(org, days, limit))
    now = datetime.now(UTC)
    show(_coverage_document(found, days, now), _coverage_lines(found, days, now), as_json)


def dead_letters(org: Org = None, as_json: Json = False) -> None:
    """What the CRMs were owed and was given up for now, oldest first, with the cause. Reads PostgreSQL only."""
    letters = _look(lambda sight: sight.letters(org))
    now = datetime.now(UTC)
    document = [
        {"return_id": one.return_id, "org": one.org, "stage": one.stage, "version": one.version, "shown": one.shown}
        | {"since": one.since.isoformat(), "age_seconds": _seconds(now - one.since), "given_up": one.given_up}
        | {"cause": one.reason}
        for one in letters
    ]
    rows = [
        (one.return_id, one.org, one.stage, f"shows {one.shown} of {one.version}", _age(now - one.since), one.reason)
        for one in letters
    ]
    show({"dead_letters": document}, table(rows) if rows else ["no dead letters"], as_json)


def replay(
    return_ids: Annotated[list[str] | None, typer.Argument(metavar="[RETURN]...", help="Their ids.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every dead letter of a CRM.")] = False,
    org: Org = None,
    cause: Annotated[str, typer.Option("--cause", help="With --all: only those whose cause has this text.")] = "",
    patience: Annotated[
        int, typer.Option("--patience", min=1, max=3600, help="Seconds until a CRM that says not now is given up.")
    ] = 60,
    as_json: Json = False,
) -> None:
    """Show the newest state of dead letters again, after what was wrong is mended. Exit code 1 when one fails."""
    named = tuple(return_ids or ())
    if bool(named) == every:
        raise BadInput("return", "name the returns to replay, or say --all")
    if cause and not every:
        raise BadInput("cause", "goes with --all")

    async def ask(replaying: Replaying) -> tuple[Told, ...]:
        return await (replaying.all(org, cause, patience) if every else replaying.some(named, org, patience))

    told = asyncio.run(_replaying(ask))
    count = {outcome: sum(one.outcome is outcome for one in told) for outcome in Outcome}
    document = [
        {"return_id": one.return_id, "org": one.org, "outcome": one.outcome, "version": one.version}
        | {"detail": one.detail}
        for one in told
    ]
    rows = [
        (one.return_id, one.org, f"shows version {one.version}" if one.outcome is Outcome.SHOWN else one.detail)
        for one in told
    ]
    said = ", ".join(f"{many} {outcome.replace('_', ' ')}" for outcome, many in count.items() if many)
    lines = [*table(rows), said] if rows else ["no dead letters"]
    show({"replayed": document} | {str(outcome): many for outcome, many in count.items()}, lines, as_json)
    if count[Outcome.FAILED] or count[Outcome.PENDING]:
        raise typer.Exit(1)


def _look(question: Callable[[Sight], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.sight(read()) as sight:
            return await question(sight)

    return asyncio.run(run())


async def _replaying(question: Callable[[Replaying], Awaitable[T]]) -> T:
    settings = read()
    async with wiring.replaying(settings, await connect(settings)) as replaying:
        return await question(replaying)


def _coverage_document(found: Coverage, days: int, now: datetime) -> dict[str, Any]:
    return {
        "orgs": [
            {
                "org": one.org,
                "open": _counted(one.open, one.open_current),
                "all": _counted(one.all, one.all_current),
                "oldest_lag_seconds": _seconds(now - one.oldest) if one.oldest else None,
                "latency": _latency(one),
            }
            for one in found.orgs
        ],
        "latency_days": days,
        "untold": found.untold,
        "lagging": [
            {"return_id": one.return_id, "org": one.org, "stage": one.stage, "version": one.version}
            | {"shown_stage": one.shown_stage, "shown_version": one.shown, "open": one.is_open}
            | {"age_seconds": _seconds(now - one.since), "cause": one.reason}
            for one in found.lagging
        ],
    }


def _counted(many: int, current: int) -> dict[str, Any]:
    return {"returns": many, "current": current, "coverage": current / many if many else None}


def _latency(one: OrgCoverage) -> dict[str, Any] | None:
    told = one.latency
    return {"count": told.count, "p50": told.p50, "p95": told.p95, "p99": told.p99} if told else None


def _coverage_lines(found: Coverage, days: int, now: datetime) -> Iterator[str]:
    if not found.orgs:
        yield "no return was ever owed to a CRM"
    for one in found.orgs:
        lag = f", oldest lag {_age(now - one.oldest)}" if one.oldest else ""
        yield f"{one.org}: open {_share(one.open, one.open_current)}, all {_share(one.all, one.all_current)}{lag}"
        if one.latency is not None:
            told = one.latency
            seconds = f"p50 {told.p50:.2f} s, p95 {told.p95:.2f} s, p99 {told.p99:.2f} s"
            yield f"  from recorded to shown: {seconds} ({told.count} in {days} days)"
    if found.untold:
        yield f"{found.untold} open returns were never owed to any CRM"
    yield from table(
        (
            one.return_id, one.org, f"is {one.stage} (version {one.version})",
            f"shows {one.shown_stage or 'nothing known'} (version {one.shown})", _age(now - one.since), one.reason,
        )
        for one in found.lagging
    )  # fmt: skip


def _share(many: int, current: int) -> str:
    """Rounded down: 100 % is said of all only."""
    return f"{current} of {many} ({1000 * current // many / 10:.1f} %)" if many else "none"


def _seconds(age: timedelta) -> float:
    return round(max(age.total_seconds(), 0.0), 3)


def _age(age: timedelta) -> str:
    seconds = int(_seconds(age))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
