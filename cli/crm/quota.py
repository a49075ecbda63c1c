"""How much of each org's allowance is used and by whom, what is broken, and closing a breaker by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from cli.crm.asking import Org
from cli.desk import Url, either
from cli.output import Json, show
from cli.remote import read
from runtime import settings, wiring
from runtime.documents import document_of
from runtime.hub.ages import age
from runtime.hub.quota import AllowanceView, Breaker, view_of
from runtime.protection import Protection

T = TypeVar("T")
_UNTOLD = "a limit the org has not told yet"


def register(group: typer.Typer) -> None:
    group.command()(quota)
    breakers = typer.Typer(help="What stops calls to a CRM that does not answer.", no_args_is_help=True)
    # A group of one command, and not that command itself.
    breakers.callback()(lambda: None)
    breakers.command()(close)
    group.add_typer(breakers, name="breaker")


def quota(org: Org = None, url: Url = None, as_json: Json = False) -> None:
    """Each org's calls: the limit, what we and others used, the reserve, a forecast, and breakers that are not closed.

    What the orgs themselves said last is in it; none of them is asked."""
    now = datetime.now(UTC)
    found = either(
        url,
        lambda api: read(tuple[AllowanceView, ...], api.crm.quota(org)),
        lambda: tuple(view_of(one, now) for one in _ask(lambda protection: protection.orgs(org))),
    )
    lines = [line for one in found for line in lines_of(one, now)]
    show({"orgs": [document_of(one) for one in found]}, lines or ["no CRM org is configured"], as_json)


def close(
    org: Annotated[str, typer.Argument(help="The CRM org, by its name in the settings.")],
    why: Annotated[str, typer.Option("--why", help="What was mended; kept beside the breaker.")],
    by: Annotated[
        str, typer.Option("--by", help="Who closes it; kept in the audit (with --url: whose key it is).")
    ] = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Close every breaker of an org, after what was wrong is mended: calls are made again within a minute."""
    closed = either(
        url,
        lambda api: api.crm.close_breakers(org, why),
        lambda: _ask(lambda protection: protection.close(org, why, by)),
    )
    said = f"{org}: {closed} closed; workers go on within a minute" if closed else f"{org}: no breaker was open"
    show({"org": org, "closed": closed}, [said], as_json)


def _ask(question: Callable[[Protection], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.protection(settings.read()) as protection:
            return await question(protection)

    return asyncio.run(run())


def lines_of(one: AllowanceView, now: datetime) -> Iterator[str]:
    window = one.window
    if window is None:
        yield f"{one.org}: nothing was asked in this window"
    else:
        limit = f"{window.limit} ({window.used_ratio:.1%})" if window.used_ratio is not None else _UNTOLD
        yield f"{one.org}: {window.used} calls used of {limit}, the window turns in {age(window.ends - now)}"
        yield f"  by us {window.used_by_us}, by others {window.used_by_others}, in workers' hands {window.in_hand}"
        if window.limit:
            kept = window.limit * window.reserve_percent // 100
            coming = f"; like this {window.forecast} at its end" if window.forecast is not None else ""
            yield f"  {kept} are kept for live status{coming}"
    if one.queue_slowed:
        yield "  its task queue is slowed: tasks wait in the engine"
    for each in one.breakers:
        yield _breaker(each, now)


def _breaker(each: Breaker, now: datetime) -> str:
    what = "all calls" if each.family == "org" else each.family
    match each.state:
        case "open" if each.until is not None:
            return f"  {what}: broken ({each.cause}), a probe in {age(each.until - now)}"
        case "half_open":
            return f"  {what}: broken ({each.cause}), one call at a time is tried"
        case _ if each.failures:
            return f"  {what}: {each.failures} failures in a row ({each.cause})"
    done = each.closed_by_hand
    return f"  {what}: closed by hand {age(now - done.at)} ago: {done.why}" if done else f"  {what}: closed"
