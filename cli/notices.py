"""Commands about what customers are told: `starter.py notices ...`."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from cli.desk import Id
from cli.output import Json, show, table
from domain.errors import BadInput
from runtime import wiring
from runtime.documents import plain
from runtime.notices import MOST_REPORT_BYTES, SAMPLE, Preview
from runtime.settings import Settings, read
from runtime.temporal import connect
from store.port import Sent

By = Annotated[str, typer.Option("--by", help="Who does it; kept in the audit.")]
Name = Annotated[str, typer.Argument(metavar="NOTICE", help="Which one; `notices list` has their names.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What customers are told.", no_args_is_help=True)
    group.command("list")(listed)
    group.command()(preview)
    group.command()(check)
    group.command()(sent)
    group.command()(replay)
    group.command()(bounce)
    app.add_typer(group, name="notices")


def listed(as_json: Json = False) -> None:
    """Every notice there is, and the languages it is there in."""
    previews = wiring.previews(read())
    lines = [*previews.subjects(), f"in {', '.join(previews.languages())}"]
    show({"notices": previews.subjects(), "languages": previews.languages()}, lines, as_json)


def preview(
    notice: Name,
    language: Annotated[str, typer.Option("--language", help="In which language.")] = "en",
    return_id: Annotated[
        str | None, typer.Option("--return", metavar="RETURN", help="With the numbers of this return.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="The HTML part instead of the text.")] = False,
    as_json: Json = False,
) -> None:
    """How a notice reads, with the numbers of an example or of a return; never with the customer's name."""
    settings = read()
    snapshot = asyncio.run(wiring.snapshot(settings, return_id)) if return_id else SAMPLE
    found = wiring.previews(settings).preview(notice, language, snapshot)
    lines = [found.html.rstrip()] if html else [f"Subject: {found.subject}", "", found.text.rstrip()]
    show(plain(Preview, found), lines, as_json)


def check(as_json: Json = False) -> None:
    """Render every notice in every language, also your own templates. Exit code 1 when one does not."""
    previews = wiring.previews(read())
    wrong = previews.check()
    good = f"{len(previews.subjects())} notices in {', '.join(previews.languages())}: all render"
    show({"wrong": wrong}, wrong or [good], as_json)
    if wrong:
        raise typer.Exit(1)


def sent(return_id: Id, as_json: Json = False) -> None:
    """What a customer was told about a return, oldest first, and what bounced or was given up."""

    async def ask(settings: Settings) -> tuple[Sent, ...]:
        async with wiring.sendings(settings) as sendings:
            return await sendings.of(return_id)

    states = asyncio.run(ask(read()))
    rows = [(one.subject, one.sent_at.isoformat(timespec="seconds") if one.sent_at else _unsent(one)) for one in states]
    document = {"return_id": return_id, "notices": plain(tuple[Sent, ...], states)}
    show(document, table(rows) if rows else ["nothing was to be told"], as_json)


def replay(return_id: Id, notice: Name, by: By, as_json: Json = False) -> None:
    """Send a notice again that bounced or was given up."""

    async def ask(settings: Settings) -> None:
        client = await connect(settings)
        async with wiring.sendings(settings) as sendings:
            await sendings.again(client, return_id, notice, by)

    asyncio.run(ask(read()))
    show({"return_id": return_id, "notice": notice, "status": "on its way"}, [f"{notice} is on its way"], as_json)


def bounce(
    report: Annotated[str, typer.Argument(metavar="FILE", help="The mail that came back, or - for standard input.")],
    as_json: Json = False,
) -> None:
    """Take in a report of an undelivered notice, as a mail server pipes it. What is none of ours is left alone."""

    async def take(settings: Settings, raw: bytes) -> tuple[str, str] | None:
        async with wiring.sendings(settings) as sendings:
            return await sendings.bounced(raw)

    found = asyncio.run(take(read(), _read(report)))
    if found is None:
        show({"status": "ignored"}, ["no report of a notice of ours that failed"], as_json)
        return
    document = {"status": "recorded", "return_id": found[0], "notice": found[1]}
    show(document, [f"{found[1]} of {found[0]} did not reach its customer"], as_json)


def _read(path: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read(MOST_REPORT_BYTES)
        with open(path, "rb") as file:
            return file.read(MOST_REPORT_BYTES)
    except OSError as error:
        raise BadInput("file", f"{path!r} cannot be read ({error.strerror})") from None


def _unsent(state: Sent) -> str:
    return f"given up: {state.reason}" if state.given_up_at else "on its way"
