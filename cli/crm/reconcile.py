"""Compares what the CRM orgs show with the books, now or every so often, and has ours shown again where it differs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import typer

from cli.output import Json, show, table
from domain.errors import BadInput
from runtime import wiring
from runtime.documents import document_of
from runtime.hub.ages import age
from runtime.hub.reconciliations import report_of
from runtime.pauses import pause
from runtime.reconciling import Found, Reconciling
from runtime.settings import read
from runtime.temporal import connect
from store.port import Reconciliation, RunState
from workflows.crm_reconcile import Reconcile

T = TypeVar("T")


def register(group: typer.Typer) -> None:
    group.command()(reconcile)


def reconcile(
    org: Annotated[str | None, typer.Argument(help="Only this CRM org; none named means each of them.")] = None,
    sample: Annotated[int, typer.Option("--sample", min=0, help="So many returns by chance, instead of all.")] = 0,
    heal: Annotated[bool, typer.Option("--heal", help="Show again what is ours and differs there.")] = False,
    at_most: Annotated[int, typer.Option("--heal-at-most", min=0, help="More, and a person looks first.")] = 500,
    every: Annotated[
        str, typer.Option("--every", metavar="PAUSE", help="From now on every 30m, 1h or 1d; off: no more.")
    ] = "",
    last: Annotated[bool, typer.Option("--last", help="Only say what the last run found.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, max=10_000, help="How many differences are listed.")] = 50,
    by: Annotated[str, typer.Option("--by", help="Who asks for it; kept in the audit.")] = "",
    as_json: Json = False,
) -> None:
    """Compare CRM orgs with the books both ways. Exit code 1 when something differs that was not healed."""

    async def ask(through: Reconciling) -> tuple[Found, ...]:
        for one in (org,) if org else through.orgs:
            wish = Reconcile(one, sample, heal, at_most)
            if every:
                await through.every(wish, _pause(every), by)
            elif not last:
                await through.run(wish, by)
        return () if every else await through.found(org, limit)

    found = _ask(ask)
    if every:
        said = "is no longer compared by itself" if every == "off" else f"is compared every {every} from now on"
        return show({"org": org, "every": every}, [f"{org or 'each org'} {said}"], as_json)
    now = datetime.now(UTC)
    document = [document_of(report_of(one, now)) for one in found]
    show({"reconciliations": document}, _lines(found, now), as_json)
    if any(differs(one.run) for one in found):
        raise typer.Exit(1)


def differs(run: Reconciliation) -> bool:
    """Something is left to be looked at: not all was compared, the org is deaf, or more differs than was healed."""
    waiting = run.causes.get("lagging", 0)
    return run.state is RunState.INCOMPLETE or not run.alive or sum(run.causes.values()) - waiting > run.healed


def lines_of(run: Reconciliation, now: datetime) -> Iterator[str]:
    what = f"a sample of {run.sample}" if run.sample else f"{run.in_crm} there, {run.in_books} in the books"
    yield f"{run.org}: compared {age(now - run.started_at)} ago, {run.state}: {what}, {run.same} alike"
    if run.reason:
        yield f"  not all was told: {run.reason}; nothing is called missing"
    if not run.alive:
        yield "  the org no longer sends its changes: look at change capture there"
    for cause, many in sorted(run.causes.items()):
        yield f"  {cause.replace('_', ' ')}: {many}"
    if run.fields:
        yield "  by field: " + ", ".join(f"{name} {many}" for name, many in sorted(run.fields.items()))
    if run.healed:
        yield f"  {run.healed} returns were shown again"


def _lines(found: tuple[Found, ...], now: datetime) -> Iterator[str]:
    if not found:
        yield "no org was ever compared"
    for one in found:
        yield from lines_of(one.run, now)
        yield from table(
            (f"  {each.return_id}", each.record, each.field or "whole record", each.cause, each.action)
            for each in one.drifts
        )


def _pause(text: str) -> timedelta | None:
    try:
        return pause(text)
    except ValueError as error:
        raise BadInput("every", f"{text!r} is no pause; say 30m, 1h, 1d or off") from error


def _ask(question: Callable[[Reconciling], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = read()
        async with wiring.reconciling(settings, await connect(settings)) as through:
            return await question(through)

    return asyncio.run(run())
