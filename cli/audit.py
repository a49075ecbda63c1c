"""`audit`: who did what and why, whether it is all still what was signed, a copy of it, and what is kept how long."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from cli.desk import Url, either
from cli.finding import Cursor, Limit
from cli.output import Json, show, table
from cli.remote import read
from client import Backhaul
from domain.errors import BadInput
from runtime import settings, wiring
from runtime.audit import ActView, Auditing, Verdict, VerdictView, act_of, verdict_of
from runtime.documents import document_of
from store.port import ActSearch

T = TypeVar("T")
Stream = Annotated[
    str | None, typer.Option("--stream", help="One chain only, such as return:R-5001-0a1b2c3d, identity or access.")
]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="UTC.")]
_ANCHOR = re.compile(r"([1-9]\d*):([0-9a-f]{8,64})")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Who did what, and why; and whether that is still what was signed.", no_args_is_help=True)
    for command in (search, verify, export, checkpoint, retention):
        group.command()(command)
    app.add_typer(group, name="audit")


def search(
    actor: Annotated[str | None, typer.Option("--actor", help="Who did it.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="Such as hold:resolve, or the noun alone.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="What it was done to, such as return:R-1.")] = None,
    stream: Stream = None,
    since: Day = None,
    until: Day = None,
    personal: Annotated[bool, typer.Option("--personal", help="Only what touches the data of persons.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Find acts, newest first."""
    wanted = ActSearch(
        actor=actor, action=action, subject=subject, stream=stream, since=_utc(since), until=_utc(until),
        personal=personal, limit=limit, cursor=cursor,
    )  # fmt: skip

    def far(api: Backhaul) -> tuple[tuple[ActView, ...], str | None]:
        acts, following = api.audit.page(
            actor=actor, action=action, subject=subject, stream=stream, since=_iso(wanted.since),
            until=_iso(wanted.until), personal=personal, limit=limit, cursor=cursor,
        )  # fmt: skip
        return read(tuple[ActView, ...], acts), following

    def near() -> tuple[tuple[ActView, ...], str | None]:
        page = _ask(lambda auditing: auditing.search(wanted))
        return tuple(act_of(one) for one in page.entries), page.cursor

    found, following = either(url, far, near)
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M:%S}", f"{one.stream} {one.seq}", one.actor, one.action, one.subject, _why(one))
        for one in found
    ]
    lines = table(rows) if rows else ["nobody did such a thing"]
    more = [f"more with --cursor {following}"] if following else []
    show({"acts": [document_of(one) for one in found], "cursor": following}, [*lines, *more], as_json)


def verify(
    stream: Stream = None,
    copy: Annotated[
        Path | None, typer.Option("--file", help="A copy that `audit export` made, instead of the database.")
    ] = None,
    anchor: Annotated[
        list[str] | None,
        typer.Option("--anchor", metavar="NUMBER:HASH", help="A checkpoint that was noted outside; several may be."),
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Look at every chain and every checkpoint. Exit code 1 when anything is not as it was written and signed; the
    first bad row of each stream is told."""
    noted = dict(_anchor(one) for one in anchor or ())

    async def look(auditing: Auditing) -> Verdict:
        if copy is None:
            return await auditing.verify(stream, noted)
        try:
            with copy.open(encoding="utf-8") as lines:
                return await auditing.verify_copy(lines, stream, noted)
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput("file", f"{copy} cannot be read: {getattr(error, 'strerror', None) or error}") from None

    if url is not None and (copy is not None or noted):
        raise BadInput("--url", "is for what is in the database there; a copy and anchors are looked at here")
    verdict = either(
        url if copy is None and not noted else None,
        lambda api: read(VerdictView, api.audit.verify(stream)),
        lambda: verdict_of(_ask(look)),
    )
    lines = [
        *([f"{one.stream or 'checkpoint'} {one.seq}: {one.wrong}: {one.detail}" for one in verdict.findings]),
        *([f"and {verdict.bad - len(verdict.findings)} more"] if verdict.bad > len(verdict.findings) else []),
        f"{verdict.streams} streams, {verdict.acts} acts, {verdict.checkpoints} checkpoints: "
        + ("all is as it was written" if verdict.right else f"{verdict.bad} wrong"),
        f"{verdict.unsigned_acts} acts are not covered by a checkpoint yet",
    ]
    newest = verdict.last_checkpoint
    if newest is not None:
        lines.append(f"newest checkpoint {newest.number}:{newest.hash} of {newest.at:%Y-%m-%d %H:%M:%S}")
    show(document_of(verdict), lines, as_json)
    if not verdict.right:
        raise typer.Exit(1)


def export(
    to: Annotated[Path | None, typer.Option("--to", help="The file to write; standard output without it.")] = None,
) -> None:
    """Everything as lines of JSON, with all that is needed to verify it elsewhere: acts, checkpoints, public keys."""

    async def write(auditing: Auditing) -> None:
        with to.open("x", encoding="utf-8") if to else nullcontext(sys.stdout) as out:
            async for line in auditing.export():
                out.write(line)

    try:
        _ask(write)
    except FileExistsError:
        raise BadInput("to", f"{to} is there already; name another file") from None
    except OSError as error:
        raise BadInput("to", f"{to} cannot be written: {error.strerror}") from None


def checkpoint(as_json: Json = False) -> None:
    """Sign the ends of all chains now. Note what it prints outside of the database: with it, also a checkpoint that
    vanished is found (`audit verify --anchor`)."""
    made = _ask(lambda auditing: auditing.checkpoint())
    if made is None:
        show({"checkpoint": None}, ["nothing was done since the last checkpoint"], as_json)
        return
    anchor = f"{made.number}:{made.hash.hex()}"
    document = {"number": made.number, "at": made.at.isoformat(), "streams": made.streams, "anchor": anchor}
    show({"checkpoint": document}, [f"checkpoint {anchor} over {made.streams} streams"], as_json)


def retention(
    apply: Annotated[bool, typer.Option("--apply", help="Delete; without it they are only counted.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who deletes; kept in the audit. Needed with --apply.")] = "",
    as_json: Json = False,
) -> None:
    """Acts older than BACKHAUL_AUDIT__KEEP keeps them. Only what a checkpoint covers is deleted; each stream keeps a
    signed stub, so that what is left still verifies."""
    if apply and not by.strip():
        raise BadInput("by", "say who deletes; it is kept in the audit")
    cuts = _ask(lambda auditing: auditing.retain(by.strip(), apply))
    done = "deleted" if apply else "may be deleted"
    lines = [f"{one.kind}: {one.acts} acts of {one.streams} streams {done}" for one in cuts]
    nothing = ["BACKHAUL_AUDIT__KEEP is not set: everything is kept for ever"]
    document = {"applied": apply, "kinds": [{"kind": c.kind, "streams": c.streams, "acts": c.acts} for c in cuts]}
    show(document, lines or nothing, as_json)


def _ask(question: Callable[[Auditing], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.auditing(settings.read()) as auditing:
            return await question(auditing)

    return asyncio.run(run())


def _why(one: ActView) -> str:
    return "(erased)" if one.why is None else one.why


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None


def _anchor(text: str) -> tuple[int, str]:
    found = _ANCHOR.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput("anchor", f"{text!r} is not NUMBER:HASH, as `audit checkpoint` printed it")
    return int(found[1]), found[2]
