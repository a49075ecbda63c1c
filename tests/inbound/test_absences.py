"""Deleted records: shown once more while the return goes on, and never believed by the dozen."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.exceptions import ApplicationError

from activities.crm_inbound import Listen
from adapters.crm.port import Row, Watch
from adapters.errors import Retryable
from domain.returns import Stage
from domain.sweep import Guard
from tests.inbound.stage import RETURN, RETURN_ID, Setting, setting

MANY = 12


@pytest.fixture
async def crowd(postgres_url: str) -> AsyncIterator[Setting]:
    """Twelve returns on show, and a guard that stops at more than three and more than a quarter."""
    async with setting(postgres_url, guard=Guard(0.25, 3)) as here:
        for number in range(MANY):
            await here.record(f"R-{number}-A")
            await here.publish(f"R-{number}-A")
        await here.settle()
        yield here


async def test_a_deleted_record_of_an_open_return_is_made_once_more_with_an_item(here: Setting) -> None:
    record = await here.shown()
    here.org.delete(record)
    assert await here.settle() == [RETURN_ID]
    assert here.org.of_return(RETURN_ID) != record
    assert await here.items() == [("deleted", record)]


async def test_the_deleted_record_of_an_ended_return_stays_deleted(here: Setting) -> None:
    record = await here.shown(stage=Stage.CLOSED)
    here.org.delete(record)
    assert await here.settle() == []
    assert await here.items() == [("deleted", record)]
    assert len(here.org.published) == 1


async def test_a_deletion_of_a_record_nobody_knows_is_nothing(here: Setting) -> None:
    await here.shown()
    here.org.make(RETURN, "a0X", Stage="odd")
    here.org.delete("a0X")
    await here.settle()
    assert await here.items() == []


async def test_records_hidden_from_an_enumeration_are_not_deleted(crowd: Setting) -> None:
    """A permission, a filter: they are still there when asked for by name."""
    crowd.org.hidden = set(list(crowd.org.records)[:6])
    crowd.org.oldest = len(crowd.org.log) + 1
    await crowd.settle()
    assert await crowd.items() == []


async def test_an_enumeration_that_did_not_end_concludes_nothing(crowd: Setting) -> None:
    crowd.org.page = 4
    for record in list(crowd.org.records)[:2]:
        crowd.org.delete(record, tell=False)
    crowd.org.oldest = len(crowd.org.log) + 1
    await crowd.listen()
    await crowd.inbound.compare(_part())
    (position,) = await crowd.books.watching.positions("main")
    assert position.after
    assert await crowd.items() == []
    assert len(await crowd.settle()) == 2


def _part() -> Listen:
    return Listen("main", RETURN, 0)


async def gone_in_a_compare(crowd: Setting) -> None:
    for record in list(crowd.org.records)[:8]:
        crowd.org.delete(record, tell=False)
    crowd.org.oldest = len(crowd.org.log) + 1


async def gone_in_the_stream(crowd: Setting) -> None:
    for record in list(crowd.org.records)[:8]:
        crowd.org.delete(record)


@pytest.mark.parametrize("sweep", [gone_in_a_compare, gone_in_the_stream])
async def test_a_mass_deletion_concludes_nothing_until_a_person_says_so(crowd: Setting, sweep: object) -> None:
    await sweep(crowd)  # type: ignore[operator]
    assert await crowd.settle() == []
    (item,) = await crowd.books.items.listed("main")
    assert (item.kind, item.object) == ("mass_delete", RETURN)
    assert "8 of 12" in item.detail
    # What goes on meanwhile goes on.
    last = list(crowd.org.records)[-1]
    crowd.org.edit(last, Refund=5)
    await crowd.settle()
    assert [value for _, value, _ in crowd.desk.requests] == ["5.00 EUR"]

    await crowd.books.items.resolve(item.item_id, "conclude", "ops", "we did that")
    assert len(await crowd.settle()) == 8
    assert len(crowd.org.published) == MANY + 8


async def test_a_false_alarm_is_looked_at_again_and_nothing_was_touched(crowd: Setting) -> None:
    hidden = list(crowd.org.records)[:8]
    for record in hidden:
        crowd.org.delete(record)
    await crowd.settle()
    (item,) = await crowd.books.items.listed("main")
    for record in hidden:
        crowd.org.records[record].deleted = False
    await crowd.books.items.resolve(item.item_id, "look_again", "ops", "a filter was wrong")
    assert await crowd.settle() == []
    assert await crowd.items() == []
    assert len(crowd.org.published) == MANY
    crowd.org.edit(hidden[0], Stage="odd")
    assert len(await crowd.settle()) == 1


async def test_a_worker_that_dies_while_it_concludes_forgets_no_absence(here: Setting) -> None:
    record = await here.shown()
    here.org.delete(record, tell=False)
    here.org.oldest = len(here.org.log) + 1
    assert (await here.listen()).comparing
    rows, here.org.rows = here.org.rows, _dies  # type: ignore[method-assign]
    with pytest.raises(ApplicationError, match="the worker died"):
        await here.inbound.compare(Listen("main", RETURN, 60))
    here.org.rows = rows  # type: ignore[method-assign]
    await here.settle()
    assert await here.items() == [("deleted", record)]


async def _dies(watch: Watch, records: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> tuple[Row, ...]:
    raise Retryable("main", "rows", "the worker died")
