"""`demo`: start the stack, play the stories or run returns over real order lines, and say how it went."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from temporalio.client import Client

from adapters.http import client as trusting
from runtime import wiring
from runtime.embedded.part import PARTS
from runtime.embedded.stack import Stack
from runtime.settings import data_folder, given, read
from runtime.temporal import connect
from stories import play, real_orders
from stories.playbill import STORIES, Story

POLICIES = Path(play.__file__).with_name("policies.toml")


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End after the stories, and the stack with them.")] = False,
    out: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the results here.")] = None,
    orders: Annotated[
        Path | None, typer.Option("--orders", metavar="CSV", exists=True, dir_okay=False, help="Real order lines.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="With --orders: how many returns.")] = 300,
    only: Annotated[str | None, typer.Option("--only", help="Stories whose name holds this text.")] = None,
) -> None:
    """Start everything and play the stories: real returns over the vendors' real protocols."""
    console = Console()
    stack = Stack.at(data_folder(given(os.environ)))
    with console.status("starting the stack: PostgreSQL, Temporal, the vendors' sandbox, worker, API"):
        stack.up({"BACKHAUL_FILES__POLICIES": str(POLICIES)} | given(os.environ), PARTS)
    chosen = [story for story in STORIES if only is None or only in story.name]
    try:
        if orders is not None:
            ok, document = asyncio.run(_orders(stack, console, orders, limit))
        else:
            ok, document = asyncio.run(_stories(stack, console, chosen))
        if out is not None:
            out.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    finally:
        if leave:
            stack.down()
    if not leave:
        console.print(_NEXT)
    if not ok:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Crew:
    """Kills and starts the stack's own processes."""

    stack: Stack

    async def kill(self, part: str) -> None:
        await asyncio.to_thread(self._kill, part)

    async def start(self) -> None:
        await asyncio.to_thread(self.stack.up, {}, PARTS)

    def _kill(self, part: str) -> None:
        for status in self.stack.status():
            if status.name == part and status.pid is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process = psutil.Process(status.pid)
                    process.send_signal(signal.SIGKILL)
                    process.wait(10)


async def _stories(stack: Stack, console: Console, stories: list[Story]) -> tuple[bool, dict[str, object]]:
    heard = ["" for _ in stories]
    async with _theatre(stack, heard.__setitem__) as theatre:
        with Live(get_renderable=lambda: _board(stories, heard), console=console, refresh_per_second=4):
            endings = await play.play(theatre, stories)
    console.print(_table(endings))
    ok = bool(endings) and all(ending.ok for ending in endings)
    return ok, {"stories": [asdict(ending) for ending in endings], "ok": ok}


async def _orders(stack: Stack, console: Console, path: Path, limit: int) -> tuple[bool, dict[str, object]]:
    lines: list[str] = []
    async with _theatre(stack, lambda place, line: lines.append(line)) as theatre:
        with console.status("reading order lines") as status:
            report = await real_orders.run(theatre, path, limit, status.update)
    console.print_json(json.dumps(report.summary()))
    return report.ok, report.document()


@contextlib.asynccontextmanager
async def _theatre(stack: Stack, heard: Callable[[int, str], None]) -> AsyncIterator[play.Theatre]:
    settings = read()
    ports = next(part.ports for part in stack.status() if part.name == "sandbox")
    control = trusting(str(settings.files.ca) if settings.files.ca else None, f"https://localhost:{ports['control']}")
    client: Client = await connect(settings)
    async with control, wiring.returns(settings, client) as desk:
        yield play.Theatre(client, desk, control, _Crew(stack), heard)


def _board(stories: list[Story], heard: list[str]) -> Table:
    board = Table("story", "now", expand=False)
    for story, line in zip(stories, heard, strict=True):
        board.add_row(story.name, line or ("waits for the others" if story.alone else "begins"))
    return board


def _table(endings: list[play.Ending]) -> Table:
    table = Table("story", "", "stage", "quote", "credit memo", "payout", "events", "actions")
    for ending in endings:
        mark = "[green]as told[/]" if ending.ok else f"[red]{ending.why}[/]"
        numbers = (ending.quote, ending.credit_memo, ending.payout, str(ending.events), str(ending.actions))
        table.add_row(ending.name, mark, ending.stage, *numbers)
    return table


_NEXT = """
The stack stays up. What to try next:
  python starter.py list                    every return, newest first
  python starter.py status RETURN           one return: money, units, holds, CRM lag
  python starter.py timeline RETURN         everything that happened to it
  python starter.py holds                   what waits for a person
  python starter.py status --stack          addresses: Temporal's pages, the vendors' books
  python starter.py down                    end it all; nothing is lost"""
