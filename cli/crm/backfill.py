"""Fills a CRM org with returns it was never told of: what it would take, start, status, pause, resume, cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

import typer

from activities.crm_backfill import Told, Whole
from cli.desk import Url, either
from cli.output import Json, show
from cli.remote import read
from domain.errors import BadInput
from runtime import settings, wiring
from runtime.backfilling import Backfilling
from runtime.documents import document_of
from runtime.hub.ages import lasting
from runtime.hub.backfills import BackfillView, view_of
from runtime.temporal import connect
from workflows.crm_backfill import Fill

T = TypeVar("T")
_STEERS = ("pause", "resume", "cancel")
_WORDS = ("start", "status", *_STEERS)


def register(group: typer.Typer) -> None:
    group.command()(backfill)


def backfill(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[start|status|pause|resume|cancel] ORG", help="The org by its name in the settings."),
    ],
    stages: Annotated[
        Literal["open", "all"], typer.Option("--stages", help="Only returns a customer still waits for, or all.")
    ] = "open",
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="Only those opened on that day or later.")
    ] = None,
    most: Annotated[int, typer.Option("--portion", min=1, max=10_000, help="Returns in one portion.")] = 2000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would take, and start nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Start without being asked.")] = False,
    by: Annotated[
        str, typer.Option("--by", help="Who asks for it; kept in the audit (with --url: whose key it is).")
    ] = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Show an org the returns it was never told of. What it takes is told before it starts."""
    verb, org = _meant(words)
    if verb == "status":
        return _status(org, url, as_json)
    if verb in _STEERS:
        either(url, lambda api: api.crm.steer(org, verb), lambda: _ask(lambda through: through.signal(org, verb, by)))
        return show({"org": org, "asked": verb}, [f"{org}: {verb} is asked for; `crm backfill status {org}`"], as_json)
    day = since.date().isoformat() if since else None
    whole = Whole(org, stages == "open", since.replace(tzinfo=UTC) if since else None)
    told = either(
        url,
        lambda api: read(Told, api.crm.forecast(org, stages, day)),
        lambda: _ask(lambda through: through.forecast(whole)),
    )
    if dry_run:
        return show({"org": org, "forecast": document_of(told)}, _forecast(org, told), as_json)
    if not yes:
        if as_json:
            raise BadInput("yes", "with --json say --yes, or --dry-run to see what it takes")
        print("\n".join(_forecast(org, told)))
        typer.confirm("Start it?", abort=True)
    either(
        url,
        lambda api: api.crm.fill(org, stages, day, most),
        lambda: _ask(lambda through: through.start(Fill(whole, most), by)),
    )
    lines = [*(_forecast(org, told) if yes else ()), f"started; `crm backfill status {org}` says how far it is"]
    show({"org": org, "forecast": document_of(told), "started": True}, lines, as_json)


def _meant(words: list[str]) -> tuple[str, str]:
    if len(words) == 1:
        return "start", words[0]
    if len(words) == 2 and words[0] in _WORDS:
        return words[0], words[1]
    raise BadInput("words", f"say an org, or one of {', '.join(_WORDS)} and an org")


def _status(org: str, url: str | None, as_json: bool) -> None:
    now = datetime.now(UTC)
    found = either(
        url,
        lambda api: read(tuple[BackfillView, ...], api.crm.backfills(org)),
        lambda: tuple(view_of(one, now) for one in _ask(lambda through: through.status(org))),
    )
    lines = [line for one in found for line in lines_of(one)]
    show({"backfills": [document_of(one) for one in found]}, lines or [f"{org} was never filled"], as_json)


def lines_of(one: BackfillView) -> Iterator[str]:
    behind = one.shown + one.newer + one.refused
    of = f"{behind} of about {one.total}: {one.shown} shown, {one.newer} newer there, {one.refused} refused"
    yield f"{one.org}: backfill {one.state}, {of}, begun {lasting(one.age_seconds)} ago"
    if one.reason:
        yield f"  {one.reason}"


def _forecast(org: str, told: Told) -> Iterator[str]:
    minutes = max(1, round(told.seconds / 60))
    yield f"{org}: {told.returns} returns with {told.lines} lines"
    yield f"  about {told.calls} calls in {told.batches} batches, about {minutes} min"
    if told.share is not None:
        fits = "" if told.share <= 1 else "; it does not fit, and would wait for tomorrow's"
        yield f"  this uses {100 * told.share:.1f} % of the {told.left} calls left today (of {told.limit}){fits}"
    else:
        yield "  the org has no allowance of a day"


def _ask(question: Callable[[Backfilling], Awaitable[T]]) -> T:
    async def run() -> T:
        given = settings.read()
        async with wiring.backfilling(given, await connect(given)) as through:
            return await question(through)

    return asyncio.run(run())
