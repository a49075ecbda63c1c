"""What the CRMs' edits led to: why a value is as it is, what people have to look at, and their decision."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from cli.crm.asking import Org
from cli.crm.inbound import ask
from cli.output import Json, show, table
from runtime import wiring
from runtime.hub.ages import age
from runtime.inbound import CHOICES, Edits
from runtime.settings import read
from store.port import Conflict, Item

T = TypeVar("T")


def register(group: typer.Typer) -> None:
    group.command()(conflicts)
    group.command()(items)
    item = typer.Typer(help="Decide about something the CRMs left to people.", no_args_is_help=True)
    item.command()(resolve)
    group.add_typer(item, name="item")


def conflicts(
    record: Annotated[str | None, typer.Option("--record", help="Only this return or record of a CRM.")] = None,
    org: Org = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """Why values are as they are: what was changed in the CRMs, and what was decided. Reads PostgreSQL only."""
    found = _look(lambda edits: edits.conflicts(org, record, limit))
    rows = [line for one in found for line in _why(one)]
    show({"conflicts": [asdict(one) for one in found]}, rows or ["nothing was changed in the CRMs"], as_json)


def items(
    org: Org = None,
    every: Annotated[bool, typer.Option("--all", help="Also what was resolved.")] = False,
    as_json: Json = False,
) -> None:
    """What the CRMs left to people, with the choices there are. Reads PostgreSQL only."""
    found = _look(lambda edits: edits.items(org, every))
    document = [asdict(one) | {"choices": dict(CHOICES[one.kind])} for one in found]
    show({"items": document}, table(_item(one) for one in found) if found else ["nothing to look at"], as_json)


def resolve(
    item_id: Annotated[int, typer.Argument(metavar="ITEM", help="Its number.")],
    choice: Annotated[str, typer.Option("--choice", help="What is to be done; `crm items` says what there is.")],
    by: Annotated[str, typer.Option("--by", help="Who decides.")],
    why: Annotated[str, typer.Option("--why", help="A note for whoever asks later.")] = "",
    as_json: Json = False,
) -> None:
    """Decide about one item."""
    done = ask(lambda listening: listening.resolve(item_id, choice, by, why))
    show(asdict(done), [f"item {done.item_id}: {CHOICES[done.kind][done.choice]}"], as_json)


def _look(question: Callable[[Edits], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.edits(read()) as edits:
            return await question(edits)

    return asyncio.run(run())


def _why(one: Conflict) -> list[str]:
    who = f"by {one.writer}" if one.writer else "by somebody"
    changed = f"{one.at.isoformat(timespec='seconds')}  {one.org}  {one.key}  {one.object} {one.record}"
    request = f", request {one.request_id}" if one.request_id else ""
    return [
        f"{changed}  {one.field}: {one.outcome} ({one.rule}){request}",
        f"  {one.base!r} became {one.theirs!r} {who} ({one.evidence}); ours is {one.ours!r}",
        f"  {one.value!r} stands: {one.reason}",
    ]


def _item(one: Item) -> tuple[object, ...]:
    opened = age(datetime.now(UTC) - one.opened_at) if one.opened_at else ""
    state = f"{one.choice} by {one.by}" if one.resolved_at else " | ".join(CHOICES[one.kind])
    where = " ".join(word for word in (one.object, one.record, one.field) if word)
    return (one.item_id, one.org, one.kind, one.key, where, opened, one.detail, state)
