"""A notice is sent once, and what the mail system answers decides what comes next."""

from __future__ import annotations

import pytest
from temporalio.exceptions import ApplicationError

from activities.notify import Notice, NotifyActivities
from adapters.errors import Retryable, Undeliverable, UnknownOutcome, VendorError
from store.port import Move, Outgoing, Sent
from tests.doubles.stores import memory_stores
from tests.doubles.world import WORDING, FakeNotifier, FakeWorld
from tests.notices.case import ANNA, SNAPSHOT

NAME, KEY = SNAPSHOT.return_id, f"{SNAPSHOT.return_id}.confirmation"
NOTICE = Notice(NAME, "confirmation")


class Desk:
    """The activity over a mailbox that answers as it is told."""

    def __init__(self) -> None:
        self.world, self.stores = FakeWorld(), memory_stores()
        self.notify = NotifyActivities(FakeNotifier(self.world), self.stores.returns, self.stores.notices, WORDING)

    async def owe(self) -> None:
        await self.stores.returns.record(Move(SNAPSHOT, (), (Outgoing("notice", "confirmation"),)))
        await self.stores.returns.save_contact(NAME, ANNA)

    async def fails(self, error: VendorError) -> ApplicationError:
        self.world.fail("send", error)
        with pytest.raises(ApplicationError) as caught:
            await self.notify.notify(NOTICE)
        return caught.value

    async def state(self) -> Sent:
        (state,) = await self.stores.notices.of(NAME)
        return state

    def keys(self) -> list[str]:
        return [mail.key for mail in self.world.mails]


@pytest.fixture
async def desk() -> Desk:
    found = Desk()
    await found.owe()
    return found


async def test_a_notice_is_sent_once_and_only_when_it_is_owed() -> None:
    desk = Desk()
    await desk.notify.notify(NOTICE)
    assert desk.world.mails == []
    await desk.stores.returns.record(Move(SNAPSHOT, (), (Outgoing("notice", "confirmation"),)))
    with pytest.raises(ApplicationError, match="is not recorded yet"):
        await desk.notify.notify(NOTICE)
    await desk.stores.returns.save_contact(NAME, ANNA)
    await desk.notify.notify(NOTICE)
    await desk.notify.notify(NOTICE)
    assert desk.keys() == [KEY]


async def test_what_was_surely_not_taken_is_tried_as_often_as_it_takes(desk: Desk) -> None:
    for _ in range(3):
        assert not (await desk.fails(Retryable("smtp", "send", "away"))).non_retryable
    await desk.notify.notify(NOTICE)
    assert desk.keys() == [KEY]
    assert (await desk.state()).lost == 0


async def test_one_lost_answer_is_tried_once_more_under_the_same_key(desk: Desk) -> None:
    assert not (await desk.fails(UnknownOutcome("smtp", "send", "answer lost"))).non_retryable
    await desk.notify.notify(NOTICE)
    assert desk.keys() == [KEY]
    state = await desk.state()
    assert (state.lost, state.sent_at is not None) == (1, True)


async def test_a_second_lost_answer_is_left_to_people_so_that_nobody_gets_it_three_times(desk: Desk) -> None:
    await desk.fails(UnknownOutcome("smtp", "send", "answer lost"))
    error = await desk.fails(UnknownOutcome("smtp", "send", "answer lost"))
    assert error.non_retryable
    assert "lost 2 times" in str(error)


async def test_a_refused_recipient_is_a_bounce_in_the_timeline_and_a_dead_letter_without_the_address(
    desk: Desk,
) -> None:
    error = await desk.fails(Undeliverable("smtp", "send", "the server answered 550", "550"))
    assert error.non_retryable
    (event,) = await desk.stores.returns.timeline(NAME)
    assert (event.kind, event.detail) == ("notice_bounced", {"notice": "confirmation"})
    (dead,) = await desk.stores.outbox.dead_letters()
    assert dead.reason == "bounced: 550"
    assert "anna" not in f"{event} {dead} {error}"


async def test_a_notice_sent_again_is_another_message(desk: Desk) -> None:
    await desk.notify.notify(NOTICE)
    await desk.stores.notices.bounced(NAME, "confirmation", "5.1.1")
    assert await desk.stores.notices.again(NAME, "confirmation", "ida")
    await desk.notify.notify(NOTICE)
    assert desk.keys() == [KEY, f"{KEY}.2"]
    assert await desk.stores.outbox.dead_letters() == ()
