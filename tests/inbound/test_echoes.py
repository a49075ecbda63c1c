"""Our own writing comes back from a CRM and is never taken for somebody's; somebody's is never taken for ours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from temporalio.exceptions import ApplicationError

from adapters.crm.port import ChangeKind, Evidence
from domain.conflict import SWINGS
from domain.mapping import FieldRule, Mode, Rule
from domain.returns import Reason, Stage
from tests.inbound.org import MATRIX
from tests.inbound.stage import RETURN_ID, Setting, setting


@pytest.mark.parametrize("marks", [True, False], ids=["by the CRM's mark", "by the value, trimmed"])
async def test_our_own_writing_is_an_echo(here: Setting, marks: bool) -> None:
    here.org.marks = marks
    record = await here.shown()
    assert await here.conflicts() == []
    # The CRM trimmed it: that is the base, and nothing is sent for it again.
    assert (await here.known(record)).fields["Reason"].base == "damaged"
    await here.record(stage=Stage.CONFIRMED)
    await here.publish()
    assert await here.settle() == []
    assert len(here.org.published) == 2
    assert await here.conflicts() == []


@pytest.mark.parametrize("known", [False, True], ids=["its first publication", "a later one"])
async def test_what_is_told_before_its_call_is_answered_is_our_own(here: Setting, known: bool) -> None:
    """And the return has moved on by then, so that it is not even what we say now."""
    here.org.marks = False
    if known:
        await here.shown(reason=Reason.TOO_SMALL)

    async def told_at_once() -> None:
        await here.record(reason=Reason.DEFECTIVE)
        await here.settle()

    await here.record(reason=Reason.DAMAGED)
    here.org.before_answering = told_at_once
    await here.publish()
    await here.publish()
    assert await here.settle() == []
    assert (here.desk.requests, await here.conflicts()) == ([], [])
    assert here.org.value(RETURN_ID, "Reason") == "defective"


async def test_what_was_written_by_a_call_whose_answer_was_lost_is_our_own(here: Setting) -> None:
    here.org.marks = False
    await here.shown(reason=Reason.TOO_SMALL)
    await here.record(reason=Reason.DAMAGED)
    here.org.answers_lost = 1
    with pytest.raises(ApplicationError, match="the answer was lost"):
        await here.publish()
    await here.record(reason=Reason.DEFECTIVE)
    await here.publish()
    assert await here.settle() == []
    assert (here.desk.requests, await here.conflicts()) == ([], [])
    assert here.org.value(RETURN_ID, "Reason") == "defective"


async def test_an_edit_made_while_ours_is_being_written_is_asked_all_the_same(here: Setting) -> None:
    here.org.marks = False
    record = await here.shown(reason=Reason.TOO_SMALL)

    async def edited() -> None:
        here.org.edit(record, Reason="style")
        await here.settle()

    await here.record(reason=Reason.DAMAGED)
    here.org.before_answering = edited
    await here.publish()
    await here.settle()
    assert here.desk.requests == [("reason", "style", "")]


@pytest.mark.parametrize("marks", [True, False], ids=["marked", "not marked"])
async def test_two_quick_versions_read_back_late_never_show_the_older_again(here: Setting, marks: bool) -> None:
    here.org.marks = marks
    await here.shown()
    for stage in (Stage.CONFIRMED, Stage.AWAITING_GOODS):
        await here.record(stage=stage)
        await here.publish()
    assert await here.settle() == []
    here.org.tell(*[replace(change, event=f"{change.event}-again") for change in here.org.log[-2:]])
    assert await here.settle() == []
    assert here.org.value(RETURN_ID, "Stage") == "awaiting_goods"
    assert await here.conflicts() == []


async def test_an_edit_of_our_own_field_is_put_back_at_once_and_can_be_explained(here: Setting) -> None:
    record = await here.shown()
    here.org.edit(record, Stage="paid")
    assert await here.settle() == [RETURN_ID]
    assert here.org.value(RETURN_ID, "Stage") == "quoted"
    (why,) = await here.conflicts(record)
    assert (why.base, why.theirs, why.ours, why.value) == ("quoted", "paid", "quoted", "quoted")
    assert (why.outcome, why.rule, why.writer, why.evidence) == ("overwrite", "owner_wins", "005USER", "certain")
    assert "owns the field" in why.reason


async def test_an_automation_that_always_writes_the_same_is_stopped_by_the_fuse(here: Setting) -> None:
    record = await here.shown()
    for _ in range(SWINGS + 3):
        here.org.edit(record, Stage="wrong")
        await here.settle()
    # So often it was put back, once more when the field froze, and then left to the next real change.
    assert len(here.org.published) == 1 + SWINGS + 1
    assert await here.items() == [("swinging", record)]
    await here.record(stage=Stage.CONFIRMED)
    await here.publish()
    assert here.org.value(RETURN_ID, "Stage") == "confirmed"
    (item,) = await here.books.items.listed("main")
    await here.books.items.resolve(item.item_id, "follow", "ops", "the flow was switched off")
    here.org.edit(record, Stage="odd")
    assert await here.settle() == [RETURN_ID]
    assert here.org.value(RETURN_ID, "Stage") == "confirmed"


async def test_events_out_of_order_end_at_what_the_crm_holds(here: Setting) -> None:
    record = await here.shown()
    told = [here.org.edit(record, Stage="odd"), here.org.edit(record, Stage="odder")]
    here.org.log[-2:] = reversed(told)
    await here.settle()
    assert here.org.value(RETURN_ID, "Stage") == "quoted"
    assert (await here.known(record)).fields["Stage"].drifted is False


async def test_a_change_the_crm_does_not_explain_is_read_again(here: Setting) -> None:
    record = await here.shown()
    change = here.org.edit(record, Reason="defective")
    here.org.log[-1] = replace(change, kind=ChangeKind.GAP, fields={}, evidence=Evidence.POSSIBLE)
    await here.settle()
    assert here.desk.requests == [("reason", "defective", "")]


async def test_a_record_told_before_its_publication_was_saved_is_known_by_its_key(here: Setting) -> None:
    """The change comes faster than the answer to the call that made it."""
    await here.record()
    here.org.make("Return__c", "a00", own=True, Ref=RETURN_ID, Stage="quoted", Reason="damaged")
    await here.settle()
    await here.publish()
    await here.settle()
    assert await here.conflicts() == []
    assert (await here.known("a00")).fields["Stage"].base == "quoted"


async def test_what_the_crm_owns_is_left_to_it_and_a_decision_for_people_waits(postgres_url: str) -> None:
    (returned, contact) = MATRIX.objects
    fields = (
        *(one for one in returned.fields if one.field != "Stage"),
        FieldRule("Stage", returned.fields[1].direction, rule=Rule.MANUAL),
    )
    async with setting(postgres_url, replace(MATRIX, objects=(replace(returned, fields=fields), contact))) as here:
        record = await here.shown()
        here.org.edit(record, Stage="theirs")
        assert await here.settle() == [RETURN_ID]
        assert here.org.value(RETURN_ID, "Stage") == "quoted"
        (item,) = await here.books.items.listed("main")
        assert (item.kind, item.field) == ("manual", "Stage")
        await here.books.items.resolve(item.item_id, "theirs", "ops", "they know better")
        here.org.edit(record, Stage="theirs")
        await here.record(stage=Stage.CONFIRMED)
        await here.publish()
        assert here.org.value(RETURN_ID, "Stage") == "theirs"


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.PUSH_ONLY])
async def test_a_region_that_is_not_pulled_is_not_followed(postgres_url: str, mode: Mode) -> None:
    async with setting(postgres_url, MATRIX) as here:
        record = await here.shown()
        org = here.inbound._orgs["main"]
        switched = replace(org.basis, matrix=replace(MATRIX, regions={"DE": mode}))
        here.inbound._orgs = {"main": replace(org, basis=switched)}
        here.org.edit(record, Stage="paid", Refund=5)
        assert await here.settle() == []
        assert here.desk.requests == []
        said = sorted(one.field for one in await here.conflicts())
        assert said == (["Refund", "Stage"] if mode is Mode.SHADOW else [])
