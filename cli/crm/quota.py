"""How much of each org's allowance is used and by whom, what is broken, and closing a breaker by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from cli.crm.asking import Org
from cli.output import Json, show
from domain.allowance import BrokenOrg
from runtime import wiring
from runtime.documents import document_of
from runtime.hub.ages import age
from runtime.hub.quota import state, view_of
from runtime.protection import Protected, Protection
from runtime.settings import read

T = TypeVar("T")


def register(group: typer.Typer) -> None:
    group.command()(quota)
    breakers = typer.Typer(help="What stops calls to a CRM that does not answer.", no_args_is_help=True)
    # A group of one command, and not that command itself.
    breakers.callback()(lambda: None)
    breakers.command()(close)
    group.add_typer(breakers, name="breaker")


def quota(org: Org = None, as_json: Json = False) -> None:
    """Each org's calls: the limit, what we and others used, the reserve, a forecast, and breakers that are not closed.

    Reads PostgreSQL only: what the orgs themselves said last is in it."""
    found = _ask(lambda protection: protection.orgs(org))
    now = datetime.now(UTC)
    lines = [line for one in found for line in lines_of(one, now)]
    show({"orgs": [document_of(view_of(one, now)) for one in found]}, lines or ["no CRM org is configured"], as_json)


def close(
    org: Annotated[str, typer.Argument(help="The CRM org, by its name in the settings.")],
    why: Annotated[str, typer.Option("--why", help="What was mended; kept beside the breaker.")],
    by: Annotated[str, typer.Option("--by", help="Who closes it; kept in the audit.")] = "",
    as_json: Json = False,
) -> None:
    """Close every breaker of an org, after what was wrong is mended: calls are made again within a minute."""
    closed = _ask(lambda protection: protection.close(org, why, by))
    said = f"{org}: {closed} closed; workers go on within a minute" if closed else f"{org}: no breaker was open"
    show({"org": org, "closed": closed}, [said], as_json)


def _ask(question: Callable[[Protection], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.protection(read()) as protection:
            return await question(protection)

    return asyncio.run(run())


def lines_of(one: Protected, now: datetime) -> Iterator[str]:
    standing = one.standing
    if standing is None:
        yield f"{one.org}: nothing was asked in this window"
    else:
        ratio, forecast = standing.ratio, standing.forecast(now)
        limit = f"{standing.most} ({ratio:.1%})" if ratio is not None else "a limit the org has not told yet"
        yield f"{one.org}: {standing.used} calls used of {limit}, the window turns in {age(standing.ends - now)}"
        yield f"  by us {standing.ours}, by others {standing.others}, in workers' hands {standing.leased}"
        if standing.most:
            kept = standing.most * standing.reserve // 100
            coming = f"; like this {forecast} at its end" if forecast is not None else ""
            yield f"  {kept} are kept for live status{coming}"
    if one.slowed:
        yield "  its task queue is slowed: tasks wait in the engine"
    for each in one.breakers:
        yield _breaker(each, now)


def _breaker(each: BrokenOrg, now: datetime) -> str:
    what = "all calls" if each.family == "org" else each.family
    match state(each, now):
        case "open" if each.until is not None:
            return f"  {what}: broken ({each.cause}), a probe in {age(each.until - now)}"
        case "half_open":
            return f"  {what}: broken ({each.cause}), one call at a time is tried"
        case _ if each.failures:
            return f"  {what}: {each.failures} failures in a row ({each.cause})"
    return f"  {what}: closed by hand {age(now - (each.closed_at or now))} ago: {each.why}"
