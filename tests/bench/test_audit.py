"""What the audit adds to a move is measured with the chain and without it, which is written again afterwards."""

from __future__ import annotations

import asyncpg
from rich.console import Console

from bench import audit

_FUNCTION = "SELECT pg_get_functiondef('audit_append'::regproc)"


async def test_moves_are_timed_with_and_without_the_chain_which_stands_afterwards(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        before = await connection.fetchval(_FUNCTION)
        found = await audit.measure(postgres_url, returns=2, rounds=2)
        assert await connection.fetchval(_FUNCTION) == before
        # One act per move: those of the warm-up and of the rounds with the chain.
        assert await connection.fetchval("SELECT count(*) FROM audit") == 7 * 2 * 3
        assert await connection.fetchval("SELECT count(*) FROM returns") == 2 * 5
    finally:
        await connection.close()
    assert found["with_ms"] > 0 < found["acts_ms"]
    console = Console(width=100, record=True)
    console.print(audit.table(found))
    assert f"{found['added_ms']:.2f}" in console.export_text()
