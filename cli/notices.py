"""Commands about what customers are told: `starter.py notices ...`."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from cli.desk import Id, Url, either
from cli.output import Json, show, table
from cli.remote import read
from domain import ids
from domain.errors import BadInput
from runtime import settings, wiring
from runtime.documents import plain
from runtime.notices import MOST_REPORT_BYTES, SAMPLE, Preview
from runtime.settings import Settings
from runtime.temporal import connect
from store.port import Sent

By = Annotated[str, typer.Option("--by", help="Who does it; kept in the audit (with --url: whose key it is).")]
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


def listed(url: Url = None, as_json: Json = False) -> None:
    """Every notice there is, and the languages it is there in."""

    def near() -> tuple[list[str], list[str]]:
        previews = wiring.previews(settings.read())
        return list(previews.subjects()), list(previews.languages())

    names, languages = either(url, lambda api: (api.notices.names(), api.notices.languages()), near)
    lines = [*names, f"in {', '.join(languages)}"]
    show({"notices": names, "languages": languages}, lines, as_json)


def preview(
    notice: Name,
    language: Annotated[str, typer.Option("--language", help="In which language.")] = "en",
    return_id: Annotated[
        str | None, typer.Option("--return", metavar="RETURN", help="With the numbers of this return.")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="The HTML part instead of the text.")] = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """How a notice reads, with the numbers of an example or of a return; never with the customer's name."""

    def near() -> Preview:
        given = settings.read()
        snapshot = asyncio.run(wiring.snapshot(given, return_id)) if return_id else SAMPLE
        return wiring.previews(given).preview(notice, language, snapshot)

    found = either(url, lambda api: read(Preview, api.notices.preview(notice, language, return_id)), near)
    lines = [found.html.rstrip()] if html else [f"Subject: {found.subject}", "", found.text.rstrip()]
    show(plain(Preview, found), lines, as_json)


def check(as_json: Json = False) -> None:
    """Render every notice in every language, also your own templates. Exit code 1 when one does not."""
    previews = wiring.previews(settings.read())
    wrong = previews.check()
    good = f"{len(previews.subjects())} notices in {', '.join(previews.languages())}: all render"
    show({"wrong": wrong}, wrong or [good], as_json)
    if wrong:
        raise typer.Exit(1)


def sent(return_id: Id, as_json: Json = False) -> None:
    """What a customer was told about a return, oldest first, and what bounced or was given up."""

    async def ask(given: Settings) -> tuple[Sent, ...]:
        async with wiring.sendings(given) as sendings:
            return await sendings.of(return_id)

    states = asyncio.run(ask(settings.read()))
    rows = [(one.subject, one.sent_at.isoformat(timespec="seconds") if one.sent_at else _unsent(one)) for one in states]
    document = {"return_id": return_id, "notices": plain(tuple[Sent, ...], states)}
    show(document, table(rows) if rows else ["nothing was to be told"], as_json)


def replay(return_id: Id, notice: Name, by: By, url: Url = None, as_json: Json = False) -> None:
    """Send a notice again that bounced or was given up."""

    async def ask(given: Settings) -> None:
        client = await connect(given)
        async with wiring.sendings(given) as sendings:
            await sendings.again(client, return_id, notice, by)

    either(
        url,
        lambda api: api.notices.send_again(ids.check_return_id(return_id), notice),
        lambda: asyncio.run(ask(settings.read())),
    )
    show({"return_id": return_id, "notice": notice, "status": "on its way"}, [f"{notice} is on its way"], as_json)


def bounce(
    report: Annotated[str, typer.Argument(metavar="FILE", help="The mail that came back, or - for standard input.")],
    as_json: Json = False,
) -> None:
    """Take in a report of an undelivered notice, as a mail server pipes it. What is none of ours is left alone."""

    async def take(given: Settings, raw: bytes) -> tuple[str, str] | None:
        async with wiring.sendings(given) as sendings:
            return await sendings.bounced(raw)

    found = asyncio.run(take(settings.read(), _read(report)))
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
