"""What the CRMs were owed and was given up for now, and the commands that show it again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.crm.asking import Org, look, replaying
from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from client import Backhaul
from domain.errors import BadInput
from runtime.documents import document_of
from runtime.hub.ages import age
from runtime.hub.letters import ReplayedLetters, counted, replayed, view_of
from runtime.visibility import Outcome, Replaying, Told


def register(group: typer.Typer) -> None:
    group.command()(dead_letters)
    group.command()(replay)


def dead_letters(org: Org = None, as_json: Json = False) -> None:
    """What the CRMs were owed and was given up for now, oldest first, with the cause. Reads PostgreSQL only."""
    letters = look(lambda sight: sight.letters(org))
    now = datetime.now(UTC)
    rows = [
        (one.return_id, one.org, one.stage, f"shows {one.shown} of {one.version}", age(now - one.since), one.reason)
        for one in letters
    ]
    show(
        {"dead_letters": [document_of(view_of(one, now)) for one in letters]},
        table(rows) if rows else ["no dead letters"],
        as_json,
    )


def replay(
    return_ids: Annotated[list[str] | None, typer.Argument(metavar="[RETURN]...", help="Their ids.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every dead letter of a CRM.")] = False,
    org: Org = None,
    cause: Annotated[str, typer.Option("--cause", help="With --all: only those whose cause has this text.")] = "",
    patience: Annotated[
        int, typer.Option("--patience", min=1, max=3600, help="Seconds until a CRM that says not now is given up.")
    ] = 60,
    by: Annotated[
        str, typer.Option("--by", help="Who asks for it; kept in the audit (with --url: whose key it is).")
    ] = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Show the newest state of dead letters again, after what was wrong is mended. Exit code 1 when one fails."""
    named = tuple(return_ids or ())
    if bool(named) == every:
        raise BadInput("return", "name the returns to replay, or say --all")
    if cause and not every:
        raise BadInput("cause", "goes with --all")

    async def ask(through: Replaying) -> tuple[Told, ...]:
        return await (through.all(org, cause, patience, by) if every else through.some(named, org, patience, by))

    def far(api: Backhaul) -> tuple[Told, ...]:
        done = read(ReplayedLetters, api.crm.replay(org, cause, named, patience)).replayed
        shown = {one.return_id for one in done}
        rest = (Told(one, org or "", Outcome.NOT_OWED, detail="has no dead letter") for one in named)
        return (*done, *(one for one in rest if one.return_id not in shown))

    told = either(url, far, lambda: asyncio.run(replaying(ask)))
    count = counted(told)
    rows = [
        (one.return_id, one.org, f"shows version {one.version}" if one.outcome is Outcome.SHOWN else one.detail)
        for one in told
    ]
    said = ", ".join(f"{many} {outcome.replace('_', ' ')}" for outcome, many in count.items() if many)
    lines = [*table(rows), said] if rows else ["no dead letters"]
    show(document_of(replayed(told)), lines, as_json)
    if count[Outcome.FAILED] or count[Outcome.PENDING]:
        raise typer.Exit(1)
