"""What the CRMs' edits led to: why a value is as it is, what people have to look at, and their decision."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from cli.crm.asking import Org
from cli.crm.inbound import ask
from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from runtime import settings, wiring
from runtime.documents import document_of
from runtime.hub.ages import age
from runtime.hub.items import ItemView, view_of
from runtime.inbound import Edits
from store.port import Conflict

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
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Why values are as they are: what was changed in the CRMs, and what was decided."""
    found = either(
        url,
        lambda api: read(tuple[Conflict, ...], api.crm.conflicts(org, record, limit)),
        lambda: _look(lambda edits: edits.conflicts(org, record, limit)),
    )
    rows = [line for one in found for line in _why(one)]
    show({"conflicts": [document_of(one) for one in found]}, rows or ["nothing was changed in the CRMs"], as_json)


def items(
    org: Org = None,
    every: Annotated[bool, typer.Option("--all", help="Also what was resolved.")] = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """What the CRMs left to people, with the choices there are."""
    found = either(
        url,
        lambda api: read(tuple[ItemView, ...], api.crm.items(org, every)),
        lambda: tuple(view_of(one) for one in _look(lambda edits: edits.items(org, every))),
    )
    lines = table(_item(one) for one in found) if found else ["nothing to look at"]
    show({"items": [document_of(one) for one in found]}, lines, as_json)


def resolve(
    item_id: Annotated[int, typer.Argument(metavar="ITEM", help="Its number.")],
    choice: Annotated[str, typer.Option("--choice", help="What is to be done; `crm items` says what there is.")],
    by: Annotated[str, typer.Option("--by", help="Who decides (with --url: whose key it is).")],
    why: Annotated[str, typer.Option("--why", help="A note for whoever asks later.")] = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Decide about one item."""
    done = either(
        url,
        lambda api: read(ItemView, api.crm.resolve_item(item_id, choice, why)),
        lambda: view_of(ask(lambda listening: listening.resolve(item_id, choice, by, why))),
    )
    show(document_of(done), [f"item {done.item_id}: {done.choices[done.choice]}"], as_json)


def _look(question: Callable[[Edits], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.edits(settings.read()) as edits:
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


def _item(one: ItemView) -> tuple[object, ...]:
    opened = age(datetime.now(UTC) - one.opened_at) if one.opened_at else ""
    state = f"{one.choice} by {one.by}" if one.resolved_at else " | ".join(one.choices)
    where = " ".join(word for word in (one.object, one.record, one.field) if word)
    return (one.item_id, one.org, one.kind, one.key, where, opened, one.detail, state)
