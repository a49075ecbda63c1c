"""Commands about webhooks, by which other systems are told of events: `starter.py webhooks ...`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, TypeVar

import typer

from cli.desk import Url, either
from cli.output import Json, show, table
from cli.remote import read
from runtime import settings, wiring
from runtime.documents import plain
from runtime.temporal import connect
from runtime.webhooks import Subscribing
from store.port import Delivery, Subscription

T = TypeVar("T")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the subscription: small letters, digits, hyphens.")]
By = Annotated[str, typer.Option("--by", help="Who does it; kept in the audit (with --url: whose key it is).")]
_LOOK_SECONDS = 0.2


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Other systems that are told of events.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("test")(try_out)
    for command in (add, rotate, on, off, deliveries, replay):
        group.command()(command)
    app.add_typer(group, name="webhooks")


def listed(url: Url = None, as_json: Json = False) -> None:
    """Every subscription: where to, which events, how it stands."""
    found = either(
        url,
        lambda api: read(tuple[Subscription, ...], api.subscriptions.all()),
        lambda: _ask(lambda books: books.all()),
    )
    rows = [(one.name, _standing(one), one.url, ", ".join(one.types) or "all events") for one in found]
    document = {"subscriptions": plain(tuple[Subscription, ...], found)}
    show(document, table(rows) if rows else ["nobody is told of events"], as_json)


def add(
    name: Name,
    to: Annotated[str, typer.Argument(metavar="URL", help="Where to: a public address that begins with https://.")],
    by: By,
    kind: Annotated[
        list[str] | None, typer.Option("--type", help="Only this event; may be given several times.")
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Tell a system of events. Its secret is shown this once."""
    types = tuple(kind or ())
    secret = either(
        url,
        lambda api: api.subscriptions.add(name, to, types),
        lambda: _ask(lambda books: books.add(name, to, types, by)),
    )
    show({"name": name, "secret": secret}, [f"the secret, shown this once: {secret}"], as_json)


def rotate(
    name: Name,
    by: By,
    overlap: Annotated[
        int, typer.Option("--overlap", min=0, max=720, help="Hours for which the secret before it signs too.")
    ] = 24,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Sign with a new secret, shown this once."""
    secret = either(
        url,
        lambda api: api.subscriptions.rotate(name, overlap),
        lambda: _ask(lambda books: books.rotate(name, by, timedelta(hours=overlap))),
    )
    show({"name": name, "secret": secret}, [f"the secret, shown this once: {secret}"], as_json)


def on(name: Name, by: By, url: Url = None, as_json: Json = False) -> None:
    """Switch on again: what is still owed goes out."""
    _switched(name, True, by, url, as_json)


def off(name: Name, by: By, url: Url = None, as_json: Json = False) -> None:
    """Switch off: nothing is sent, and what happens meanwhile is not owed."""
    _switched(name, False, by, url, as_json)


def try_out(
    name: Name,
    by: By,
    patience: Annotated[int, typer.Option("--patience", min=1, max=600, help="Seconds to wait for it.")] = 30,
    as_json: Json = False,
) -> None:
    """Send a test event and say what became of it. Exit code 1 when it was not delivered."""

    async def sent(books: Subscribing) -> Delivery:
        told, ends = await books.test(name, by), time.monotonic() + patience
        while told.delivered is None and told.given_up is None and time.monotonic() < ends:
            await asyncio.sleep(_LOOK_SECONDS)
            told = await books.one(name, told.delivery_id)
        return told

    found = _ask(sent)
    show(plain(Delivery, found), [f"{found.event_id}: {_outcome(found)}"], as_json)
    if found.delivered is None:
        raise typer.Exit(1)


def deliveries(
    name: Name,
    dead: Annotated[bool, typer.Option("--dead", help="Only what was given up.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500)] = 50,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """What it was told of, newest first, and what became of that."""
    found = either(
        url,
        lambda api: read(tuple[Delivery, ...], api.subscriptions.deliveries(name, dead, limit)),
        lambda: _ask(lambda books: books.deliveries(name, dead, limit)),
    )
    rows = [(one.delivery_id, one.event_id, _outcome(one)) for one in found]
    document = {"name": name, "deliveries": plain(tuple[Delivery, ...], found)}
    show(document, table(rows) if rows else ["no deliveries"], as_json)


def replay(
    name: Name,
    by: By,
    delivery_ids: Annotated[list[int] | None, typer.Argument(metavar="[DELIVERY]...", help="Their numbers.")] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Deliver again, under the same ids: the named deliveries, or all dead letters."""
    named = tuple(delivery_ids or ())
    many = either(
        url,
        lambda api: api.subscriptions.replay(name, named),
        lambda: _ask(lambda books: books.replay(name, named, by)),
    )
    show({"name": name, "again": many}, [f"{many} on their way"], as_json)


def _switched(name: str, active: bool, by: str, url: str | None, as_json: bool) -> None:
    either(
        url,
        lambda api: api.subscriptions.switch(name, active),
        lambda: _ask(lambda books: books.switch(name, active, by)),
    )
    show({"name": name, "active": active}, [f"{name} is switched {'on' if active else 'off'}"], as_json)


def _ask(question: Callable[[Subscribing], Awaitable[T]]) -> T:
    async def run() -> T:
        given = settings.read()
        async with wiring.subscribing(given, partial(connect, given)) as books:
            return await question(books)

    return asyncio.run(run())


def _standing(one: Subscription) -> str:
    parts = [one.state, f"{one.owed} owed" if one.owed else "", f"{one.dead} given up" if one.dead else ""]
    parts.append(f"{one.failures} failures in a row" if one.failures else "")
    return ", ".join(part for part in parts if part)


def _outcome(one: Delivery) -> str:
    if one.delivered is not None:
        return f"delivered {one.delivered.isoformat(timespec='seconds')}"
    if one.given_up is not None:
        return f"given up: {one.reason}"
    return f"owed, after {one.attempts} attempts: {one.reason}" if one.reason else "owed"
