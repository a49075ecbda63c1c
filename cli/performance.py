"""How the demo plays on the embedded stack: who kills and starts its parts, what is shown while it runs and after."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.live import Live
from rich.table import Table

from adapters.http import client as trusting
from runtime import wiring
from runtime.embedded.part import PARTS
from runtime.embedded.stack import Stack
from runtime.settings import read
from runtime.temporal import connect
from stories import play, real_orders
from stories.office import Office
from stories.playbill import Story

Result = tuple[bool, dict[str, object]]


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


async def tell(stack: Stack, console: Console, stories: list[Story]) -> Result:
    """Play the stories; answers whether all went as told, and the results as a document."""
    heard = ["" for _ in stories]
    async with _theatre(stack, heard.__setitem__) as theatre:
        with Live(get_renderable=lambda: _board(stories, heard), console=console, refresh_per_second=4):
            endings = await play.play(theatre, stories)
    console.print(_table(endings))
    ok = bool(endings) and all(ending.ok for ending in endings)
    return ok, {"stories": [asdict(ending) for ending in endings], "ok": ok}


async def run_orders(stack: Stack, console: Console, path: Path, limit: int) -> Result:
    """Run returns over real order lines; answers whether all closed with one number, and the report."""
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
    client = await connect(settings)
    async with control, wiring.returns(settings, client) as desk, wiring.replaying(settings, client) as crms:
        yield play.Theatre(client, desk, crms, control, _Crew(stack), Office(settings), heard)


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
