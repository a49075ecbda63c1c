"""`demo`: start the stack, play the stories or run returns over real order lines, and say how it went."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli.stack import here, logins
from domain.errors import BadInput
from runtime.embedded.part import PARTS
from runtime.settings import given
from stories.order_lines import read_export
from stories.playbill import STORIES, Story

if TYPE_CHECKING:
    from cli.performance import Result
    from runtime.embedded.stack import Stack

POLICIES = Path(__file__).resolve().parents[1] / "stories" / "policies.toml"


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End after the stories, and the stack with them.")] = False,
    out: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", dir_okay=False, help="Write the results here.")
    ] = None,
    orders: Annotated[
        Path | None, typer.Option("--orders", metavar="CSV", exists=True, dir_okay=False, help="Real order lines.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="With --orders: how many returns.")] = 300,
    only: Annotated[str | None, typer.Option("--only", help="Stories whose name holds this text.")] = None,
) -> None:
    """Start everything and play the stories: real returns over the vendors' real protocols."""
    # What cannot work is told before anything is started.
    chosen = _chosen(only)
    if orders is not None and not read_export(orders).purchases:
        raise BadInput("orders", f"{orders} has no order line that can be used")
    if out is not None:
        _check_writable(out)
    stack, console = here(), Console()
    with console.status("starting the stack: PostgreSQL, Temporal, the vendors' sandbox, worker, API"):
        stack.up({"BACKHAUL_FILES__POLICIES": str(POLICIES)} | given(os.environ), PARTS)
    try:
        ok, document = _perform(stack, console, chosen, orders, limit)
        if out is not None:
            out.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    finally:
        if leave:
            stack.down()
    if not leave:
        console.print(_NEXT)
        console.print("\n".join(logins(stack.status())), highlight=False)
    if not ok:
        raise typer.Exit(1)


def _perform(stack: Stack, console: Console, chosen: list[Story], orders: Path | None, limit: int) -> Result:
    from cli import performance  # of the embedded extra: the other commands do without it

    if orders is not None:
        return asyncio.run(performance.run_orders(stack, console, orders, limit))
    return asyncio.run(performance.tell(stack, console, chosen))


def _chosen(only: str | None) -> list[Story]:
    chosen = [story for story in STORIES if only is None or only in story.name]
    if not chosen:
        raise BadInput("only", f"no story's name holds {only!r}; there are {', '.join(one.name for one in STORIES)}")
    return chosen


def _check_writable(out: Path) -> None:
    try:
        with out.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise BadInput("json", f"{out} cannot be written ({error.strerror})") from None


_NEXT = """
The stack stays up. What to try next:
  python starter.py list                    every return, newest first
  python starter.py status RETURN           one return: money, units, holds, CRM lag
  python starter.py timeline RETURN         everything that happened to it
  python starter.py holds                   what waits for a person
  python starter.py status --stack          addresses: Temporal's pages, the vendors' books
  python starter.py down                    end it all; nothing is lost"""
