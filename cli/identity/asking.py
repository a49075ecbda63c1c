"""What the commands about parties have in common: who asks and why, and the desk they are asked at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from domain.errors import BadInput
from domain.identity.record import Ref
from runtime import wiring
from runtime.identity import Deciding, record_named
from runtime.settings import read

T = TypeVar("T")
By = Annotated[str, typer.Option("--by", help="Who decides; kept in the audit (with --url: whose key it is).")]
Why = Annotated[str, typer.Option("--why", help="Why; kept in the audit. No names: it is never erased.")]
Reveal = Annotated[
    str, typer.Option("--reveal", metavar="REASON", help="Show names and mailboxes in full, for this audited reason.")
]
Record = Annotated[str | None, typer.Option("--record", metavar="ORG:OBJECT:ID", help="One of its records instead.")]
Asker = Annotated[str, typer.Option("--by", help="Who asks; needed with --reveal.")]


def ask(question: Callable[[Deciding], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.deciding(read()) as desk:
            return await question(desk)

    return asyncio.run(run())


def named(name: str, text: str) -> str:
    if not text.strip():
        raise BadInput(name, "must say something: it is kept in the audit")
    return text.strip()


def meant(party: str | None, record: str | None) -> str | Ref:
    """A party's id, or one of its records."""
    if (party is None) == (record is None):
        raise BadInput("party", "name a party by its id, or one of its records with --record")
    return record_named(record) if record is not None else str(party)


def revealing(by: str, reveal: str) -> None:
    if reveal and not by.strip():
        raise BadInput("by", "say who asks: what is shown in full is audited")
