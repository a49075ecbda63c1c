"""The commands about listening to the CRMs: start, stop, look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import typer

from cli.crm.asking import Org
from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from domain.errors import BadInput
from runtime import settings, wiring
from runtime.documents import document_of
from runtime.hub.ages import lasting
from runtime.hub.listening import OrgHeard, view_of
from runtime.inbound import Listening
from runtime.temporal import connect

T = TypeVar("T")


def register(group: typer.Typer) -> None:
    group.command()(inbound)


def inbound(
    what: str = typer.Argument("status", metavar="start|stop|status", help="What to do."),
    org: Org = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Listen to what is changed in the CRMs. `stop` lasts until `start`; nothing told meanwhile is lost."""
    if what != "status" and url is not None:
        raise BadInput("--url", "is for `status`; listening is started and stopped where the workers are")
    if what == "start":
        _said(ask(lambda listening: listening.start(org)), "started", "runs already", as_json)
    elif what == "stop":
        _said(ask(lambda listening: listening.stop(org)), "stopping", "did not run", as_json)
    elif what == "status":
        found = either(url, lambda api: read(tuple[OrgHeard, ...], api.crm.listening(org)), lambda: _near(org))
        show({"orgs": [document_of(one) for one in found]}, table(_rows(found)) or ["no CRM org"], as_json)
    else:
        raise typer.BadParameter("say start, stop or status")


def ask(question: Callable[[Listening], Awaitable[T]]) -> T:
    async def run() -> T:
        given = settings.read()
        async with wiring.listening(given, await connect(given)) as listening:
            return await question(listening)

    return asyncio.run(run())


def _said(done: dict[str, bool], yes: str, no: str, as_json: bool) -> None:
    said = {org: yes if now else no for org, now in done.items()}
    show({"orgs": said}, [f"{org}: {word}" for org, word in said.items()] or ["no CRM org"], as_json)


def _near(org: str | None) -> tuple[OrgHeard, ...]:
    now = datetime.now(UTC)
    return tuple(view_of(one, now) for one in ask(lambda listening: listening.status(org)))


def _rows(found: tuple[OrgHeard, ...]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in found:
        rows.append((one.org, one.status))
        for name, of in one.objects.items():
            told = f"told {lasting(of.told_seconds_ago)} ago" if of.told_seconds_ago is not None else "told nothing yet"
            heard = f"listened {lasting(of.listened_seconds_ago)} ago" if of.listened_seconds_ago is not None else ""
            comparing = f"comparing everything: {of.comparing}" if of.comparing else ""
            rows.append((one.org, name, heard, told, comparing, of.trouble))
        rows += [(one.org, key, "could not be put back; comes again") for key in one.waiting]
    widest = max((len(row) for row in rows), default=0)
    return [(*row, *("",) * (widest - len(row))) for row in rows]
