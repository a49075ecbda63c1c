"""Events are owed by the move they are about, to who wants them; a receiver that fails rests; replays owe again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import asyncpg
import pytest

from domain.returns import Hold, Owner, Stage
from domain.webhooks import HELD, STAGE_CHANGED, TEST
from store.port import Move, Stores, TimelineEvent
from store.port.audit import ActSearch
from store.stores import open_audit, open_stores, open_webhooks
from store.webhooks import PostgresWebhooks
from tests.store.samples import NOW, full_snapshot, move


@dataclass
class Books:
    stores: Stores
    hooks: PostgresWebhooks
    url: str

    async def moved(self, version: int, stage: Stage, return_id: str = "R-1-A", *, held: bool = False) -> None:
        one = move(return_id, version, stage=stage)
        told = (*one.events, TimelineEvent("held", "on hold", NOW)) if held else one.events
        await self.stores.returns.record(replace(one, events=told))

    async def owed(self, name: str = "erp") -> list[tuple[str, str]]:
        """(kind, event id), oldest first."""
        return [(one.kind, one.event_id) for one in reversed(await self.hooks.deliveries(name, False, 100))]


@pytest.fixture
async def books(postgres_url: str) -> AsyncIterator[Books]:
    async with open_stores(postgres_url, 2) as stores, open_webhooks(postgres_url, 2) as hooks:
        yield Books(stores, hooks, postgres_url)


async def subscribe(books: Books, name: str = "erp", *types: str) -> None:
    assert await books.hooks.add(name, f"https://{name}.example/", types, b"sealed", "ida")


async def test_nobody_is_owed_what_nobody_asked_for(books: Books) -> None:
    await books.moved(1, Stage.QUOTED)
    await subscribe(books)
    assert await books.owed() == []
    assert await books.hooks.due("erp", (), 10) == ()


async def test_a_new_stage_is_an_event_and_another_version_of_the_same_is_none(books: Books) -> None:
    await subscribe(books)
    for version, stage in enumerate((Stage.REQUESTED, Stage.QUOTED, Stage.QUOTED, Stage.CONFIRMED), start=1):
        await books.moved(version, stage)
        await books.moved(version, stage)
    assert await books.owed() == [
        (STAGE_CHANGED, "R-1-A:1:stage_changed"),
        (STAGE_CHANGED, "R-1-A:2:stage_changed"),
        (STAGE_CHANGED, "R-1-A:4:stage_changed"),
    ]


async def test_an_older_version_that_comes_late_tells_nothing(books: Books) -> None:
    await subscribe(books)
    await books.moved(3, Stage.CONFIRMED)
    await books.moved(2, Stage.QUOTED)
    assert [event for _, event in await books.owed()] == ["R-1-A:3:stage_changed"]


async def test_a_hold_is_an_event_of_its_own_for_who_wants_it(books: Books) -> None:
    await subscribe(books, "all")
    await subscribe(books, "holds", HELD)
    await subscribe(books, "stages", STAGE_CHANGED)
    await books.moved(1, Stage.QUOTED, held=True)
    await books.moved(2, Stage.QUOTED, held=True)
    assert sorted(await books.owed("all")) == [
        (HELD, "R-1-A:1:held"), (HELD, "R-1-A:2:held"), (STAGE_CHANGED, "R-1-A:1:stage_changed"),
    ]  # fmt: skip
    assert [kind for kind, _ in await books.owed("holds")] == [HELD, HELD]
    assert [kind for kind, _ in await books.owed("stages")] == [STAGE_CHANGED]


async def test_an_event_tells_numbers_and_ids_and_nothing_of_a_customer(books: Books) -> None:
    await subscribe(books)
    hold = Hold("H1", "difference", Owner.FINANCE, "Anna Vogel asked", ("retry",), NOW)
    snapshot = replace(full_snapshot(), holds=(hold,))
    await books.stores.returns.record(Move(snapshot, ()))
    (due,) = await books.hooks.due("erp", (), 10) or ()
    parcel = await books.hooks.parcel("erp", due)
    assert parcel is not None
    told = parcel.event.data
    assert set(told) == {
        "return_id", "version", "order_id", "order_name", "shop", "region", "channel", "stage", "customer_stage",
        "quoted", "agreed", "credited", "paid", "credit_memo", "holds",
    }  # fmt: skip
    assert told["quoted"] == {"amount": "26.75", "currency": "EUR"}
    assert (told["version"], told["stage"]) == (snapshot.version, snapshot.stage)
    assert told["holds"] == [{"hold_id": "H1", "reason": "difference", "owner": "finance"}]
    assert snapshot.customer_id not in str(told)


async def test_a_returns_events_come_one_after_the_other_and_returns_side_by_side(books: Books) -> None:
    await subscribe(books)
    await books.moved(1, Stage.REQUESTED)
    await books.moved(2, Stage.QUOTED)
    await books.moved(1, Stage.REQUESTED, "R-2-B")
    first, other = await books.hooks.due("erp", (), 10) or ()
    assert await books.hooks.due("erp", (first, other), 10) == ()
    assert await books.hooks.due("erp", (first,), 10) == (other,)
    await books.hooks.delivered("erp", first)
    (second,) = await books.hooks.due("erp", (first, other), 10) or ()
    parcel = await books.hooks.parcel("erp", second)
    assert parcel is not None
    assert parcel.event.event_id == "R-1-A:2:stage_changed"
    await books.hooks.bury("erp", second, "refused")
    assert await books.hooks.parcel("erp", second) is None


async def test_whoever_listens_is_told_whom_to_look_for(books: Books) -> None:
    await subscribe(books, "stages", STAGE_CHANGED)
    await subscribe(books, "holds", HELD)
    async with books.hooks.stirring() as bursts:
        await books.moved(1, Stage.QUOTED)
        assert await anext(bursts) == {"stages"}
        (due,) = await books.hooks.due("stages", (), 10) or ()
        # What comes after it is due by now.
        await books.hooks.delivered("stages", due)
        assert await anext(bursts) == {"stages"}
        await books.hooks.again("stages", (due,), "ida")
        assert await anext(bursts) == {"stages"}
        (due,) = await books.hooks.due("stages", (), 10) or ()
        await books.hooks.bury("stages", due, "refused")
        assert await anext(bursts) == {"stages"}
        await books.hooks.switch("holds", "off", "ida")
        assert await anext(bursts) == {"holds"}


async def test_a_receiver_that_fails_in_a_row_rests_and_one_success_ends_it(books: Books) -> None:
    await subscribe(books)
    await books.moved(1, Stage.QUOTED)
    (due,) = await books.hooks.due("erp", (), 10) or ()
    for turn in range(1, 6):
        parcel = await books.hooks.parcel("erp", due)
        assert parcel is not None
        assert parcel.wait == 0, turn
        await books.hooks.failed("erp", due, "HTTP 500", parcel.failures)
    parcel = await books.hooks.parcel("erp", due)
    assert parcel is not None
    assert 0 < parcel.wait <= 5
    (standing,) = await books.hooks.all()
    assert (standing.failures, standing.resting is not None, standing.owed) == (5, True, 1)
    (one,) = await books.hooks.deliveries("erp", False, 10)
    assert (one.attempts, one.reason) == (5, "HTTP 500")
    await books.hooks.delivered("erp", due)
    (standing,) = await books.hooks.all()
    assert (standing.failures, standing.resting, standing.owed) == (0, None, 0)


async def test_what_is_switched_off_is_owed_nothing_and_gone_is_switched_on_again_by_people(books: Books) -> None:
    await subscribe(books)
    await books.moved(1, Stage.QUOTED)
    (due,) = await books.hooks.due("erp", (), 10) or ()
    await books.hooks.gone("erp")
    assert await books.hooks.due("erp", (), 10) is None
    assert await books.hooks.active() == ()
    assert await books.hooks.parcel("erp", due) is None
    await books.moved(2, Stage.CONFIRMED)
    assert await books.hooks.switch("erp", "active", "ida")
    assert await books.hooks.due("erp", (), 10) == (due,)
    assert not await books.hooks.switch("other", "off", "ida")


async def test_dead_letters_and_what_was_delivered_can_be_owed_again(books: Books) -> None:
    await subscribe(books)
    for name in ("R-1-A", "R-2-B", "R-3-C"):
        await books.moved(1, Stage.QUOTED, name)
    one, two, three = await books.hooks.due("erp", (), 10) or ()
    await books.hooks.bury("erp", one, "HTTP 422")
    await books.hooks.delivered("erp", two)
    (dead,) = await books.hooks.deliveries("erp", True, 10)
    assert (dead.delivery_id, dead.reason) == (one, "HTTP 422")
    assert await books.hooks.again("erp", (), "ida") == 1
    assert await books.hooks.again("erp", (two, 999), "ida") == 1
    assert await books.hooks.again("other", (three,), "ida") == 0
    due = await books.hooks.due("erp", (one, two), 10) or ()
    assert (due[0], len(due)) == (three, 3)
    assert not {one, two} & set(due), "a lane that has the old numbers under way would leave them out"
    assert {event for _, event in await books.owed()} == {
        f"{name}:1:stage_changed" for name in ("R-1-A", "R-2-B", "R-3-C")
    }


async def test_secrets_overlap_and_then_the_old_one_signs_no_more(books: Books) -> None:
    await subscribe(books)
    await books.hooks.owe_test("erp", "test:1", "ida")
    (due,) = await books.hooks.due("erp", (), 10) or ()

    async def signing() -> tuple[bytes, ...]:
        parcel = await books.hooks.parcel("erp", due)
        assert parcel is not None
        assert (parcel.event.kind, parcel.event.return_id) == (TEST, "")
        return parcel.secrets

    assert await books.hooks.rotate("erp", b"second", 3600, "ida")
    assert await signing() == (b"second", b"sealed")
    assert await books.hooks.rotate("erp", b"third", 0, "ida")
    assert await signing() == (b"third",)
    assert not await books.hooks.rotate("other", b"x", 0, "ida")


async def test_attempts_that_fail_together_make_the_rest_no_longer(books: Books) -> None:
    await subscribe(books)
    await books.moved(1, Stage.QUOTED)
    (due,) = await books.hooks.due("erp", (), 10) or ()
    for _ in range(20):
        # All of them began when nothing was wrong yet.
        await books.hooks.failed("erp", due, "HTTP 500", 0)
    parcel = await books.hooks.parcel("erp", due)
    assert parcel is not None
    assert (parcel.failures, 0 < parcel.wait <= 5) == (5, True)
    await books.hooks.failed("erp", due, "HTTP 500", parcel.failures)
    parcel = await books.hooks.parcel("erp", due)
    assert parcel is not None
    assert (parcel.failures, 5 < parcel.wait <= 10) == (6, True)


async def test_what_is_old_is_forgotten_each_in_its_time(books: Books) -> None:
    await subscribe(books)
    await subscribe(books, "off")
    for name in ("R-1-A", "R-2-B", "R-3-C"):
        await books.moved(1, Stage.QUOTED, name)
    one, two, _ = await books.hooks.due("erp", (), 10) or ()
    await books.hooks.delivered("erp", one)
    await books.hooks.bury("erp", two, "refused")
    await books.hooks.switch("off", "off", "ida")
    await books.hooks.forget(30, 90)
    assert (len(await books.owed()), len(await books.owed("off"))) == (3, 3)
    await books.hooks.forget(0, 90)
    assert [event for _, event in await books.owed()] == ["R-2-B:1:stage_changed", "R-3-C:1:stage_changed"]
    await books.hooks.forget(0, 0)
    assert [event for _, event in await books.owed()] == ["R-3-C:1:stage_changed"], "it is still owed"
    assert await books.owed("off") == []


async def test_a_secret_that_signs_no_more_is_kept_nowhere(books: Books) -> None:
    await subscribe(books)
    await books.hooks.rotate("erp", b"second", 3600, "ida")
    await books.hooks.rotate("erp", b"third", 0, "ida")
    await books.hooks.forget(30, 90)
    asker = await asyncpg.connect(books.url)
    kept = await asker.fetch("SELECT sealed FROM webhook_secrets")
    await asker.close()
    assert [row["sealed"] for row in kept] == [b"third"]


async def test_who_did_what_is_in_the_audit_without_any_secret(books: Books) -> None:
    await subscribe(books)
    assert not await books.hooks.add("erp", "https://other.example/", (), b"x", "eve")
    await books.hooks.rotate("erp", b"second", 60, "ida")
    await books.hooks.switch("erp", "off", "ben")
    async with open_audit(books.url) as (audit, _):
        page = await audit.search(ActSearch(stream="webhooks"))
    assert [(one.actor, one.action, one.subject) for one in reversed(page.entries)] == [
        ("ida", "webhook:add", "erp"), ("ida", "webhook:rotate", "erp"), ("ben", "webhook:switch", "erp"),
    ]  # fmt: skip
    assert "sealed" not in str(page.entries)
