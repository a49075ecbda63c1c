"""The commands about listening to the CRMs: start, stop, look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import typer

from cli.crm.asking import Org
from cli.output import Json, show, table
from runtime import wiring
from runtime.documents import document_of
from runtime.hub.ages import age
from runtime.hub.listening import view_of
from runtime.inbound import Listening, Running
from runtime.settings import read
from runtime.temporal import connect

T = TypeVar("T")


def register(group: typer.Typer) -> None:
    group.command()(inbound)


def inbound(
    what: str = typer.Argument("status", metavar="start|stop|status", help="What to do."),
    org: Org = None,
    as_json: Json = False,
) -> None:
    """Listen to what is changed in the CRMs. `stop` lasts until `start`; nothing told meanwhile is lost."""
    if what == "start":
        _said(ask(lambda listening: listening.start(org)), "started", "runs already", as_json)
    elif what == "stop":
        _said(ask(lambda listening: listening.stop(org)), "stopping", "did not run", as_json)
    elif what == "status":
        found = ask(lambda listening: listening.status(org))
        now = datetime.now(UTC)
        show(
            {"orgs": [document_of(view_of(one, now)) for one in found]},
            table(_rows(found, now)) or ["no CRM org"],
            as_json,
        )
    else:
        raise typer.BadParameter("say start, stop or status")


def ask(question: Callable[[Listening], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = read()
        async with wiring.listening(settings, await connect(settings)) as listening:
            return await question(listening)

    return asyncio.run(run())


def _said(done: dict[str, bool], yes: str, no: str, as_json: bool) -> None:
    said = {org: yes if now else no for org, now in done.items()}
    show({"orgs": said}, [f"{org}: {word}" for org, word in said.items()] or ["no CRM org"], as_json)


def _rows(found: tuple[Running, ...], now: datetime) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in found:
        rows.append((one.org, one.status))
        trouble = {of: known.trouble for of, known in (one.state.objects if one.state else {}).items()}
        for of in one.positions:
            told = f"told {age(now - of.told_at)} ago" if of.told_at else "told nothing yet"
            comparing = f"comparing everything: {of.comparing}" if of.comparing else ""
            heard = f"listened {age(now - of.saved_at)} ago"
            rows.append((one.org, of.object, heard, told, comparing, trouble.get(of.object, "")))
        rows += [
            (one.org, key, "could not be put back; comes again") for key in (one.state.waiting if one.state else ())
        ]
    widest = max((len(row) for row in rows), default=0)
    return [(*row, *("",) * (widest - len(row))) for row in rows]
