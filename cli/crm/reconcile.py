"""Compares what the CRM orgs show with the books, now or every so often, and has ours shown again where it differs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import typer

from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from client import Backhaul
from domain.errors import BadInput
from runtime import pauses, settings, wiring
from runtime.documents import document_of
from runtime.hub.ages import lasting
from runtime.hub.reconciliations import ComparisonReport, ComparisonView, report_of
from runtime.reconciling import Reconciling
from runtime.temporal import connect
from store.port import RunState
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
    by: Annotated[
        str, typer.Option("--by", help="Who asks for it; kept in the audit (with --url: whose key it is).")
    ] = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Compare CRM orgs with the books both ways. Exit code 1 when something differs that was not healed.

    With --url it is begun and not waited for: `--last` says what it found."""

    pause = _pause(every) if every else None
    now = datetime.now(UTC)

    async def near(through: Reconciling) -> tuple[ComparisonReport, ...]:
        for one in (org,) if org else through.orgs:
            wish = Reconcile(one, sample, heal, at_most)
            if every:
                await through.every(wish, pause, by)
            elif not last:
                await through.run(wish, by)
        return () if every else tuple(report_of(each, now) for each in await through.found(org, limit))

    def far(api: Backhaul) -> tuple[ComparisonReport, ...]:
        if not last:
            for one in (org,) if org else [each["org"] for each in api.mappings.of_orgs()]:
                if every:
                    api.crm.schedule(one, every, sample, heal, at_most)
                else:
                    api.crm.compare(one, sample, heal, at_most)
            return ()
        return read(tuple[ComparisonReport, ...], api.crm.reconciliations(org, limit))

    found = either(url, far, lambda: _ask(near))
    if every:
        said = "is no longer compared by itself" if every == "off" else f"is compared every {every} from now on"
        return show({"org": org, "every": every}, [f"{org or 'each org'} {said}"], as_json)
    if not found and not last:
        said = "a comparison is begun; `crm reconcile --last` says what it found"
        return show({"org": org, "begun": True}, [f"{org or 'each org'}: {said}"], as_json)
    show({"reconciliations": [document_of(one) for one in found]}, _lines(found), as_json)
    if any(differs(one) for one in found):
        raise typer.Exit(1)


def differs(run: ComparisonView) -> bool:
    """Something is left to be looked at: not all was compared, the org is deaf, or more differs than was healed."""
    waiting = run.causes.get("lagging", 0)
    lost = run.state is RunState.INCOMPLETE or not run.subscription_alive
    return lost or sum(run.causes.values()) - waiting > run.healed


def lines_of(run: ComparisonView) -> Iterator[str]:
    what = f"a sample of {run.sample}" if run.sample else f"{run.in_crm} there, {run.in_books} in the books"
    yield f"{run.org}: compared {lasting(run.age_seconds)} ago, {run.state}: {what}, {run.same} alike"
    if run.reason:
        yield f"  not all was told: {run.reason}; nothing is called missing"
    if not run.subscription_alive:
        yield "  the org no longer sends its changes: look at change capture there"
    for cause, many in sorted(run.causes.items()):
        yield f"  {cause.replace('_', ' ')}: {many}"
    if run.fields:
        yield "  by field: " + ", ".join(f"{name} {many}" for name, many in sorted(run.fields.items()))
    if run.healed:
        yield f"  {run.healed} returns were shown again"


def _lines(found: tuple[ComparisonReport, ...]) -> Iterator[str]:
    if not found:
        yield "no org was ever compared"
    for one in found:
        yield from lines_of(one)
        yield from table(
            (f"  {each.return_id}", each.record, each.field or "whole record", each.cause, each.action)
            for each in one.drift
        )


def _pause(text: str) -> timedelta | None:
    try:
        return pauses.pause(text)
    except ValueError as error:
        raise BadInput("every", f"{text!r} is no pause; say 30m, 1h, 1d or off") from error


def _ask(question: Callable[[Reconciling], Awaitable[T]]) -> T:
    async def run() -> T:
        given = settings.read()
        async with wiring.reconciling(given, await connect(given)) as through:
            return await question(through)

    return asyncio.run(run())
