"""What is old is forgotten, org by org; what is still wanted stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from domain.change_request import Answered, ChangeRequest, RequestKind, RequestStatus
from domain.conflict import Outcome
from store.port import Asking, Conflict, Forgotten, Item, ItemKind, Record, Ruling
from store.stores import open_all
from tests.store.samples import move

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CONFLICT = Conflict(
    "sf", "Return__c", "a01", "R-1-A", "Stage", "owner_wins", Outcome.OVERWRITE, "ours", "quoted", "paid", "quoted",
    "quoted", "certain", False, "005X", NOW, "e1",
)  # fmt: skip


def asking(name: str) -> Asking:
    return Asking("R-1-A", ChangeRequest(name, RequestKind.REASON, "other", "crm:sf", "005X", NOW))


@pytest.mark.parametrize(("days_old", "gone"), [(399, 0), (401, 1)])
async def test_what_was_decided_is_kept_for_so_many_days(postgres_url: str, days_old: int, gone: int) -> None:
    async with open_all(postgres_url) as (stores, books):
        await stores.returns.record(move())
        for org in ("sf", "dv"):
            asks = (asking(f"{org}-answered"), asking(f"{org}-open"))
            conflict = replace(CONFLICT, org=org)
            record = Record(org, "Return__c", "a01", "R-1-A")
            await books.agreements.decide(Ruling(org, "Return__c", "e1", record, (conflict,), asks))
            done = Answered(f"{org}-answered", RequestKind.REASON, RequestStatus.ACCEPTED, "done", NOW)
            await books.agreements.answered(done)
            await stores.outbox.failed("R-1-A", org, "publish", "BUSY")
            await books.agreements.sending(org, "R-1-A", 1, {"Reason": "damaged"})
            for place in ("a01", "a02"):
                await books.items.open(Item(org, ItemKind.MANUAL, "Return__c", place, "R-1-A", "Reason", ""))
        for item in await books.items.listed():
            if item.record == "a01":
                await books.items.resolve(item.item_id, "ours", "ida", "")
                await books.items.acted(item.item_id)
        connection = await asyncpg.connect(postgres_url)
        try:
            for table, column in (
                ("crm_conflicts", "decided_at"), ("crm_asks", "found_at"), ("crm_events", "seen_at"),
                ("crm_attempts", "hour"), ("crm_under_way", "at"), ("crm_items", "acted_at"),
            ):  # fmt: skip
                old = f"UPDATE {table} SET {column} = now() - make_interval(days => $1) WHERE {column} IS NOT NULL"
                await connection.execute(old, days_old)
            await connection.execute(
                "UPDATE crm_asks SET answered_at = now() - make_interval(days => $1) WHERE answered_at IS NOT NULL",
                days_old,
            )
        finally:
            await connection.close()
        assert await books.keeping.forget("sf", 400) == Forgotten(gone, gone, gone, gone)
        assert await books.keeping.forget("sf", 400) == Forgotten(0, 0, 0, 0)
        assert [one.request.request_id for one in await books.agreements.unanswered("sf")] == ["sf-open"]
        assert len(await books.agreements.conflicts("dv", None, 10)) == 1
        left = [len(await books.agreements.under_way(org, "R-1-A")) for org in ("sf", "dv")]
        assert left == [1 - gone, 1]
        assert [len(await books.items.listed(org, resolved=True)) for org in ("sf", "dv")] == [2 - gone, 2]
