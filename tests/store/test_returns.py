"""Recording moves: all or none, once per version, newest wins."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from domain.errors import WrongStage
from domain.order import Contact
from domain.returns import Stage
from store.port import Move, Outgoing, Search, Stores
from tests.store.samples import event, full_snapshot, move

ANNA = Contact("Anna Vogel", "Anna.Vogel@Example.Test", "801")


async def test_a_snapshot_comes_back_as_it_was_recorded(stores: Stores) -> None:
    await stores.returns.record(Move(full_snapshot(), (event(),)))
    assert await stores.returns.snapshot("R-1-A") == full_snapshot()
    assert await stores.returns.timeline("R-1-A") == (event(),)


async def test_an_unknown_return_is_none_and_has_no_timeline(stores: Stores) -> None:
    assert await stores.returns.snapshot("R-9-Z") is None
    assert await stores.returns.timeline("R-9-Z") == ()
    assert await stores.returns.contact("R-9-Z") is None


async def test_a_version_already_recorded_changes_nothing(stores: Stores) -> None:
    owed = (Outgoing("crm:sf", "quoted"), Outgoing("notice", "quoted"))
    await stores.returns.record(move(outgoing=owed))
    await stores.notices.sent("R-1-A", "quoted", "m1")
    await stores.returns.record(move(outgoing=owed, stage=Stage.CLOSED))
    found = await stores.returns.snapshot("R-1-A")
    assert found is not None
    assert found.stage is Stage.QUOTED
    assert len(await stores.returns.timeline("R-1-A")) == 1
    assert not await stores.notices.owed("R-1-A", "quoted")


async def test_an_older_version_never_wins_but_its_story_is_kept(stores: Stores) -> None:
    await stores.returns.record(move(version=3, stage=Stage.CONFIRMED))
    await stores.returns.record(move(version=2, stage=Stage.QUOTED))
    found = await stores.returns.snapshot("R-1-A")
    assert found is not None
    assert (found.version, found.stage) == (3, Stage.CONFIRMED)
    assert [told.kind for told in await stores.returns.timeline("R-1-A")] == ["step_2", "step_3"]


async def test_the_same_move_at_the_same_moment_is_recorded_once(stores: Stores) -> None:
    await asyncio.gather(*(stores.returns.record(move()) for _ in range(20)))
    assert len(await stores.returns.timeline("R-1-A")) == 1


async def test_versions_at_the_same_moment_leave_the_newest(stores: Stores) -> None:
    await asyncio.gather(*(stores.returns.record(move(version=version)) for version in range(12, 0, -1)))
    found = await stores.returns.snapshot("R-1-A")
    assert found is not None
    assert found.version == 12
    assert len(await stores.returns.timeline("R-1-A")) == 12


async def test_one_request_of_one_order_is_one_return(stores: Stores) -> None:
    await stores.returns.record(move("R-1-A", request_key="click-1"))
    await stores.returns.record(move("R-1-A", 2))
    with pytest.raises(WrongStage, match="click-1"):
        await stores.returns.record(move("R-1-B", request_key="click-1"))
    assert await stores.returns.snapshot("R-1-B") is None
    await stores.returns.record(move("R-2-B", request_key="click-1"))
    await stores.returns.record(move("R-1-C", request_key="click-2"))


async def test_what_cannot_be_written_wholly_is_not_written_at_all(stores: Stores) -> None:
    wrong = replace(event(), text="a \0 byte, which PostgreSQL does not take")
    with pytest.raises(Exception, match="Unicode escape"):
        await stores.returns.record(replace(move(), events=(event(), wrong)))
    assert await stores.returns.snapshot("R-1-A") is None


async def test_contacts_are_kept_apart_and_the_newest_counts(stores: Stores) -> None:
    await stores.returns.save_contact("R-1-A", replace(ANNA, email="old@example.test", company="Vogel KG"))
    await stores.returns.save_contact("R-1-A", ANNA)
    assert await stores.returns.contact("R-1-A") == ANNA
    await stores.returns.record(move())
    assert (await stores.returns.search(Search(email="anna.vogel@example.test"))).snapshots != ()


async def test_who_listens_hears_of_a_move_after_it_is_there(stores: Stores, postgres_url: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(postgres_url)
    await listener.add_listener("returns", lambda *told: heard.put_nowait(told[3]))
    await stores.returns.record(move())
    assert await asyncio.wait_for(heard.get(), 5) == "R-1-A"
    await stores.returns.record(move())
    await stores.returns.record(move("R-1-B"))
    assert await asyncio.wait_for(heard.get(), 5) == "R-1-B"
    await listener.close()
