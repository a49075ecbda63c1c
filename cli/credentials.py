"""Commands about vendors' credentials: `starter.py credentials ...`.

A secret comes on standard input or is typed unseen. None is an argument, which other programs of this machine could
read."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Annotated, TypeVar

import typer

from cli import remote
from cli.desk import Url, either
from cli.output import Json, show, table
from domain.errors import BadInput
from runtime import wiring
from runtime.credentials.keeping import MOST_OVERLAP, Keeping, Source, Standing
from runtime.documents import plain
from runtime.settings import read

T = TypeVar("T")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as shopify.client_secret; see `credentials list`.")]
By = Annotated[str, typer.Option("--by", help="Who does it; kept in the audit.")]
_MOST_BYTES = 65_536
_MOST_HOURS = MOST_OVERLAP // timedelta(hours=1)


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="What is signed in with at shop, ERP, CRMs, mail and issuer.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("set")(write)
    group.command()(drop)
    group.command()(reencrypt)
    app.add_typer(group, name="credentials")


def listed(url: Url = None, as_json: Json = False) -> None:
    """Where each is from, and who wrote it when; never the credential itself."""
    found = either(
        url,
        lambda api: remote.read(tuple[Standing, ...], api.credentials.all()),
        lambda: _ask(lambda keeping: keeping.all()),
    )
    show({"credentials": plain(tuple[Standing, ...], found)}, _lines(found), as_json)


def write(
    name: Name,
    by: By,
    overlap: Annotated[
        int | None,
        typer.Option(
            "--overlap", min=0, max=_MOST_HOURS, help="Hours for which what is signed with the one before counts too."
        ),
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Write one, from standard input or typed unseen. It counts within seconds, without a restart."""
    secret = _secret(name)
    hours = None if overlap is None else timedelta(hours=overlap)
    one = either(
        url,
        lambda api: remote.read(Standing, api.credentials.write(name, secret, overlap)),
        lambda: _ask(lambda keeping: keeping.write(name, secret, by, hours)),
    )
    _show(one, as_json)


def drop(name: Name, by: By, url: Url = None, as_json: Json = False) -> None:
    """Delete what is kept; what the settings say counts again."""
    one = either(
        url,
        lambda api: remote.read(Standing, api.credentials.drop(name)),
        lambda: _ask(lambda keeping: keeping.drop(name, by)),
    )
    _show(one, as_json)


def reencrypt(by: By, as_json: Json = False) -> None:
    """Seal all under the first of BACKHAUL_CREDENTIALS__KEYS, so that an older key can go."""
    many = _ask(lambda keeping: keeping.reencrypt(by))
    show({"reencrypted": many}, [f"sealed anew: {many}"], as_json)


def _ask(question: Callable[[Keeping], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.keeping(read()) as keeping:
            return await question(keeping)

    return asyncio.run(run())


def _secret(name: str) -> str:
    if sys.stdin.isatty():
        if name.endswith(".private_key"):
            raise BadInput("standard input", f"has no key: give the PEM file, as in `credentials set {name} < key.pem`")
        typed: str = typer.prompt("secret", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    given = sys.stdin.buffer.read(_MOST_BYTES + 1)
    try:
        text = given.decode()
    except UnicodeDecodeError:
        raise BadInput("standard input", "is not UTF-8 text") from None
    if len(given) > _MOST_BYTES:
        raise BadInput("standard input", f"is larger than {_MOST_BYTES} bytes")
    # What a shell's echo puts behind it is no part of it.
    return text.rstrip("\r\n")


def _show(one: Standing, as_json: bool) -> None:
    show(plain(Standing, one), _lines((one,)), as_json)


def _lines(found: tuple[Standing, ...]) -> Iterator[str]:
    heads = table((one.credential, one.source, _told(one)) for one in found)
    for head, one in zip(heads, found, strict=True):
        yield head
        if one.trouble:
            yield f"  -> {one.trouble}"


def _told(one: Standing) -> str:
    if one.source is Source.KEPT and one.set_at is not None:
        until = f"; the one before counts until {one.before_until:%Y-%m-%d %H:%M} UTC" if one.before_until else ""
        return f"version {one.version}, by {one.set_by}, {one.set_at:%Y-%m-%d %H:%M} UTC{until}"
    return one.setting or "these settings have no counterpart for it"
