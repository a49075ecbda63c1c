"""How the commands about the CRMs ask: of PostgreSQL alone, or of Temporal for a replay; and which org is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from runtime import wiring
from runtime.settings import read
from runtime.temporal import connect
from runtime.visibility import Replaying, Sight

T = TypeVar("T")
By = Annotated[str, typer.Option("--by", help="Who asks; kept in the audit (with --url: whose key it is).")]
Org = Annotated[str | None, typer.Option("--org", help="Only this CRM org, by its name in the settings.")]


def look(question: Callable[[Sight], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wiring.sight(read()) as sight:
            return await question(sight)

    return asyncio.run(run())


async def replaying(question: Callable[[Replaying], Awaitable[T]]) -> T:
    settings = read()
    async with wiring.replaying(settings, await connect(settings)) as replaying:
        return await question(replaying)
