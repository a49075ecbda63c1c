"""Commands of any installation, embedded or not: bring it to this version, run a worker."""

import asyncio
import os
import sys
from typing import Annotated

import typer

from cli.output import Json, show
from runtime.settings import Settings, read
from runtime.temporal import connect, register_search_attributes
from store import migrate as schema


def register(app: typer.Typer) -> None:
    app.command()(migrate)
    app.command()(worker)


def migrate(as_json: Json = False) -> None:
    """Bring the database and Temporal's search attributes to this version. Harmless to repeat."""
    revision, new = asyncio.run(_migrate(read()))
    attributes = f"new search attributes: {', '.join(new)}" if new else "search attributes were there"
    show({"schema": revision, "new_search_attributes": new}, [f"database at {revision}; {attributes}"], as_json)


def worker(
    queues: Annotated[
        str | None, typer.Option("--queues", help="Task queues to serve, by comma; default: all.")
    ] = None,
) -> None:
    """Run a worker here until told to stop."""
    read()  # wrong settings are told before the process becomes the worker
    chosen = ["--queues", queues] if queues else []
    os.execv(sys.executable, [sys.executable, "-m", "worker", *chosen])  # noqa: S606


async def _migrate(settings: Settings) -> tuple[str | None, tuple[str, ...]]:
    await schema.upgrade(settings.database.url, settings.database.api_url)
    new = await register_search_attributes(await connect(settings))
    return await schema.current(settings.database.url), new
