"""What somebody asks of a return in a CRM reaches it once, and its answer stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from activities.handing import Handing
from adapters.crm.port import Scalar
from adapters.errors import Retryable
from domain.change_request import Answered, ChangeRequest
from domain.errors import BadInput
from domain.returns import Stage
from tests.inbound.stage import RETURN_ID, FakeDesk, Setting


async def test_an_edited_reason_is_asked_once_and_ours_stands_until_it_is_accepted(here: Setting) -> None:
    record = await here.shown()
    here.org.edit(record, Reason="defective")
    await here.settle()
    assert here.desk.requests == [("reason", "defective", "")]
    (request,) = [request for _, request, _ in here.desk.asked.values()]
    assert (request.source, request.by) == ("crm:main", "005USER")
    (conflict,) = await here.conflicts(RETURN_ID)
    assert (conflict.outcome, conflict.theirs, conflict.request_id) == ("request", "defective", request.request_id)
    # The return refused: what it publishes next puts our value back, though nothing else of it changed.
    assert here.org.value(RETURN_ID, "Reason") == "defective"
    await here.publish()
    await here.settle()
    assert here.org.value(RETURN_ID, "Reason") == "damaged"
    assert len(here.desk.asked) == 1


async def test_an_edit_that_is_not_told_yet_is_not_overwritten_by_the_next_publication(here: Setting) -> None:
    """A CRM that only tells how a record stands would never tell it afterwards."""
    record = await here.shown()
    here.org.edit(record, Reason="defective")
    await here.record(stage=Stage.AWAITING_GOODS)
    await here.publish()
    assert here.org.value(RETURN_ID, "Stage") == "awaiting_goods"
    await here.settle()
    assert here.desk.requests == [("reason", "defective", "")]


async def test_every_kind_is_asked_in_its_own_form(here: Setting) -> None:
    record = await here.shown()
    here.org.edit(record, Refund=12.5, Cancel=True, Note=" please call first ")
    await here.settle()
    assert sorted(here.desk.requests) == [
        ("cancellation", "", ""), ("note", "", "please call first"), ("partial_refund", "12.50 EUR", ""),
    ]  # fmt: skip


async def test_a_notes_text_is_kept_only_until_the_return_has_it(here: Setting) -> None:
    record = await here.shown()
    here.desk.fails = [Retryable("returns", "ask", "no worker")] * 2
    here.org.edit(record, Note="please call first")
    await here.listen()
    (waiting,) = await here.books.agreements.unanswered("main")
    assert waiting.note == "please call first"
    await here.settle()
    assert here.desk.requests == [("note", "", "please call first")]
    assert await here.books.agreements.unanswered("main") == ()
    assert "please" not in str(await here.conflicts()) + str(await here.known(record))


async def test_the_same_request_after_it_was_emptied_is_a_new_one(here: Setting) -> None:
    record = await here.shown()
    for refund in (12.5, None, 12.5):
        here.org.edit(record, Refund=refund)
    await here.settle()
    assert [value for _, value, _ in here.desk.requests] == ["12.50 EUR", "12.50 EUR"]


async def test_changes_told_twice_and_mixed_up_are_each_asked_once(here: Setting) -> None:
    record = await here.shown()
    told = [here.org.edit(record, Refund=5), here.org.edit(record, Reason="defective"), here.org.edit(record, Refund=7)]
    here.org.log[-3:] = [told[1], told[0], told[1], told[2], told[0]]
    await here.settle()
    # Told once more by a compare, under another name.
    here.org.oldest = len(here.org.log) + 1
    here.org.tell(*(replace(change, event=f"again-{change.event}") for change in told))
    await here.settle()
    assert sorted(value for _, value, _ in here.desk.requests) == ["5.00 EUR", "7.00 EUR", "defective"]


async def test_a_return_that_cannot_be_asked_now_is_asked_with_the_next_page(here: Setting) -> None:
    record = await here.shown()
    here.desk.fails = [Retryable("returns", "ask", "no worker")] * 2
    here.org.edit(record, Refund=5)
    await here.listen()
    assert here.desk.requests == []
    await here.listen()
    assert here.desk.requests == [("partial_refund", "5.00 EUR", "")]
    assert here.desk.calls == 3


async def test_a_request_nobody_can_take_is_over_and_holds_up_no_other(here: Setting) -> None:
    record = await here.shown()
    here.desk.fails = [BadInput("value", "is nothing we know")]
    here.org.edit(record, Refund="much")
    here.org.edit(record, Cancel=True)
    await here.settle()
    assert here.desk.requests == [("cancellation", "", "")]
    assert await here.books.agreements.unanswered("main") == ()


async def test_a_record_that_names_no_return_of_ours_becomes_an_item_and_the_others_go_on(here: Setting) -> None:
    record = await here.shown()
    here.org.make("Return__c", "a0X", Ref="R-9-Z", Refund=3)
    here.org.make("Return__c", "a0Y", Refund=3)
    here.org.edit(record, Refund=5)
    await here.settle()
    assert here.desk.requests == [("partial_refund", "5.00 EUR", "")]
    assert await here.items() == [("poison", "a0X")]
    # Once the return is there, a person has it looked at again.
    await here.record("R-9-Z")
    (item,) = await here.books.items.listed("main")
    await here.books.items.resolve(item.item_id, "retry", "ops", "it was recorded late")
    await here.settle()
    assert [value for _, value, _ in here.desk.requests] == ["5.00 EUR", "3.00 EUR"]
    assert await here.items() == []


async def test_a_value_is_compared_in_one_form_and_asked_in_our_words(here: Setting) -> None:
    """What a picklist calls it, and how the CRM writes it, are the mapping's business."""

    def normal(name: str, value: Scalar) -> Scalar:
        return value.lower() if isinstance(value, str) and name == "Reason" else value

    basis = replace(here.inbound._orgs["main"].basis, normal=normal)
    words = {"broken": "defective"}
    org = replace(here.inbound._orgs["main"], basis=basis, words=lambda _, value: words.get(str(value).lower(), value))
    here.inbound._orgs = {"main": org}
    record = await here.shown()
    here.org.edit(record, Reason="DAMAGED")
    await here.settle()
    here.org.edit(record, Reason="Broken")
    await here.settle()
    assert here.desk.requests == [("reason", "defective", "")]


class StubbornDesk(FakeDesk):
    """One return stands still: nobody who asks it gets an answer, until another was asked."""

    def __init__(self, stands: str) -> None:
        super().__init__()
        self.stands, self.another = stands, asyncio.Event()
        self.tried: list[str] = []

    async def ask(self, return_id: str, request: ChangeRequest, note: str = "") -> Answered:
        self.tried.append(return_id)
        if return_id == self.stands:
            await asyncio.wait_for(self.another.wait(), 5)
            raise Retryable("returns", "ask", "the message found no worker to take it")
        self.another.set()
        return await super().ask(return_id, request, note)


async def test_a_return_that_stands_still_holds_up_no_other_and_is_left_alone_for_a_while(here: Setting) -> None:
    here.desk.fails = [Retryable("returns", "ask", "no worker")] * 20
    for number in range(2):
        here.org.edit(await here.shown(f"R-{number}-A"), Refund=5)
        await here.listen()
    desk = StubbornDesk("R-0-A")
    handing = Handing(desk, here.books.agreements, long=0.0)
    await handing.hand_over("main")
    assert sorted(desk.tried) == ["R-0-A", "R-1-A"]
    await handing.hand_over("main")
    assert len(desk.tried) == 2
    (left,) = await here.books.agreements.unanswered("main")
    assert left.return_id == "R-0-A"
