"""Who works on a hold: what was over long ago goes when somebody takes another."""

from __future__ import annotations

from datetime import timedelta

import asyncpg

from store.stores import open_doors
from tests.store.samples import move


async def test_what_was_over_long_ago_is_kept_nowhere(postgres_url: str) -> None:
    async with open_doors(postgres_url) as doors:
        for number, lasts in enumerate((timedelta(days=-31), timedelta(days=-29), timedelta(minutes=5))):
            return_id = f"R-{number}-A"
            await doors.stores.returns.record(move(return_id))
            await doors.claims.take(return_id, "H1", "ida", lasts)
    asker = await asyncpg.connect(postgres_url)
    kept = await asker.fetch("SELECT return_id FROM hold_claims ORDER BY return_id")
    await asker.close()
    assert [row["return_id"] for row in kept] == ["R-1-A", "R-2-A"]
