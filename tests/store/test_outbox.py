"""What is owed: open until told, dead when given up, alive again with the next success."""

import pytest

from store.port import ActSearch, Outgoing, Stores
from tests.store.samples import move

CRM, NOTICE = Outgoing("crm:sf", "quoted"), Outgoing("notice", "quoted")


@pytest.fixture
async def owed(stores: Stores) -> Stores:
    await stores.returns.record(move(outgoing=(CRM, NOTICE, Outgoing("notice", "paid"))))
    return stores


async def test_a_notice_is_owed_until_it_was_sent(owed: Stores) -> None:
    assert await owed.notices.owed("R-1-A", "quoted")
    assert not await owed.notices.owed("R-1-A", "closed")
    assert not await owed.notices.owed("R-2-B", "quoted")
    await owed.notices.sent("R-1-A", "quoted", "m1")
    assert not await owed.notices.owed("R-1-A", "quoted")
    assert await owed.notices.owed("R-1-A", "paid")


async def test_a_lane_given_up_is_a_dead_letter_with_its_reason(owed: Stores) -> None:
    await owed.outbox.park("R-1-A", "crm:sf", "the record is locked")
    await owed.outbox.park("R-1-A", "crm:sf", "a later reason")
    (dead,) = await owed.outbox.dead_letters()
    assert (dead.return_id, dead.lane, dead.subject) == ("R-1-A", "crm:sf", "quoted")
    assert dead.reason == "the record is locked"
    assert dead.since.tzinfo is not None


async def test_a_later_success_of_the_lane_revives_its_dead_letters(owed: Stores) -> None:
    await owed.outbox.park("R-1-A", "crm:sf", "the record is locked")
    await owed.returns.record(move(version=2, outgoing=(CRM,)))
    await owed.outbox.shown("R-1-A", "sf", 2, "quoted")
    assert await owed.outbox.dead_letters() == ()


async def test_lanes_and_returns_do_not_touch_each_other(owed: Stores) -> None:
    await owed.returns.record(move("R-2-B", outgoing=(CRM, Outgoing("crm:dyn", "quoted"))))
    for return_id, lane in (("R-1-A", "crm:sf"), ("R-2-B", "crm:sf"), ("R-2-B", "crm:dyn")):
        await owed.outbox.park(return_id, lane, "away")
    await owed.outbox.shown("R-2-B", "sf", 1, "quoted")
    dead = {(letter.return_id, letter.lane) for letter in await owed.outbox.dead_letters()}
    assert dead == {("R-1-A", "crm:sf"), ("R-2-B", "crm:dyn")}


async def test_a_notice_given_up_is_still_owed(owed: Stores) -> None:
    await owed.outbox.park("R-1-A", "notice", "mailbox full")
    assert await owed.notices.owed("R-1-A", "quoted")


async def test_who_sends_a_notice_again_is_in_the_audit(owed: Stores) -> None:
    assert not await owed.notices.again("R-1-A", "quoted", "ida")
    await owed.notices.bounced("R-1-A", "quoted", "5.1.1")
    assert await owed.notices.again("R-1-A", "quoted", "ida")
    acts = (await owed.audit.search(ActSearch(actor="ida"))).entries
    assert [(one.stream, one.action, one.after) for one in acts] == [
        ("return:R-1-A", "notice:send", '{"notice": "quoted"}'),
    ]  # fmt: skip
