"""A publication writes what has to be written, saves what it agreed on, and is not made when nothing would change."""

from __future__ import annotations

import asyncio

import pytest

from activities.crm_inbound import Listen
from adapters.crm.port import Projection, Published
from adapters.errors import Permanent, Retryable
from domain.returns import CrmState, Reason, Stage
from tests.inbound.org import RETURN
from tests.inbound.stage import RETURN_ID, Setting


async def states(here: Setting) -> list[CrmState]:
    return list(await here.stores.outbox.crm_states(RETURN_ID))


async def test_a_version_that_changes_nothing_shown_costs_no_call_and_counts_as_shown(here: Setting) -> None:
    await here.shown()
    await here.record()
    assert await here.publish() == 2
    assert len(here.org.published) == 1
    assert await states(here) == [CrmState("main", 2, False)]


async def test_what_was_changed_there_makes_the_same_version_write(here: Setting) -> None:
    record = await here.shown()
    here.org.edit(record, Stage="paid")
    await here.listen()
    await here.publish()
    assert here.org.value(RETURN_ID, "Stage") == "quoted"
    await here.publish()
    assert len(here.org.published) == 2


async def test_who_doubts_has_it_written_anyway(here: Setting) -> None:
    await here.shown()
    await here.publish(anyway=True)
    assert len(here.org.published) == 2


async def test_another_contact_is_a_change_though_the_record_looks_the_same(here: Setting) -> None:
    await here.shown()
    contact = await here.stores.returns.contact(RETURN_ID)
    assert contact is not None
    await here.stores.returns.save_contact(RETURN_ID, type(contact)("Bea", contact.email, contact.customer_id))
    await here.publish()
    assert len(here.org.published) == 2


async def test_the_record_is_known_as_soon_as_it_is_made(here: Setting) -> None:
    await here.record()
    await here.publish()
    known = await here.known(here.org.of_return(RETURN_ID))
    assert (known.key, known.version, known.fields["Stage"].base) == (RETURN_ID, 1, "quoted")
    assert set(known.fields) == {"Stage", "Reason"}, "fields nobody else may change need no base"


async def test_publishing_and_hearing_at_once_lose_neither(here: Setting) -> None:
    record = await here.shown()
    for turn in range(5):
        here.org.edit(record, Refund=turn + 1)
        await here.record(stage=Stage.CONFIRMED if turn % 2 else Stage.AWAITING_GOODS)
        await asyncio.gather(here.publish(), here.listen(), here.listen())
    await here.settle()
    assert [value for _, value, _ in here.desk.requests] == [f"{turn + 1}.00 EUR" for turn in range(5)]
    assert here.org.value(RETURN_ID, "Stage") == "awaiting_goods"
    assert (await here.known(record)).version == 6


async def test_a_record_made_anew_gets_also_what_was_to_be_left_out(here: Setting) -> None:
    record = await here.shown()
    here.org.delete(record, tell=False)
    await here.record(stage=Stage.CONFIRMED)
    await here.publish()
    assert here.org.of_return(RETURN_ID) != record
    assert here.org.value(RETURN_ID, "Reason") == "damaged"


async def test_a_record_deleted_twice_is_left_alone_as_a_dead_letter_until_somebody_decides(here: Setting) -> None:
    for _ in range(2):
        record = await here.shown(stage=Stage.CONFIRMED) if not here.org.published else here.org.of_return(RETURN_ID)
        here.org.delete(record)
        await here.settle()
    assert [kind for kind, _ in await here.items()] == ["deleted", "deleted_again"]
    await here.record(stage=Stage.AWAITING_GOODS)
    with pytest.raises(Exception, match="deleted in the CRM twice"):
        await here.publish()
    assert len(here.org.published) == 2
    item = (await here.books.items.listed("main"))[-1]
    await here.books.items.resolve(item.item_id, "show", "ops", "it was a mistake")
    await here.publish()
    assert here.org.value(RETURN_ID, "Stage") == "awaiting_goods"


async def test_a_refused_publication_saves_nothing(here: Setting) -> None:
    await here.record()
    here.org.broken = [Permanent("main", "publish", "no licence")]
    with pytest.raises(Exception, match="no licence"):
        await here.publish()
    assert await states(here) == []


async def test_an_edit_nobody_heard_of_is_left_alone_and_asked_first(here: Setting) -> None:
    """What we say of the reason changed meanwhile. Written over, the edit would be lost where a CRM tells only how its
    records stand."""
    record = await here.shown()
    here.org.edit(record, Reason="style")
    await here.record(reason=Reason.OTHER, stage=Stage.CONFIRMED)
    await here.publish()
    assert (here.org.value(RETURN_ID, "Reason"), here.org.value(RETURN_ID, "Stage")) == ("style", "confirmed")
    await here.listen()
    assert here.desk.requests == [("reason", "style", "")]
    await here.publish()
    assert here.org.value(RETURN_ID, "Reason") == "other"


async def test_what_is_written_over_is_told_to_the_crm_so_that_it_may_refuse(here: Setting) -> None:
    await here.shown()
    await here.record(reason=Reason.OTHER, stage=Stage.CONFIRMED)
    await here.publish()
    assert here.org.published[-1].seen == {"Reason": "damaged"}


async def test_an_edit_that_was_taken_back_unheard_does_not_keep_ours_out(here: Setting) -> None:
    record = await here.shown()
    here.org.log.remove(here.org.edit(record, Reason="style"))
    await here.record(reason=Reason.OTHER)
    await here.publish()
    here.org.edit(record, Reason="damaged")
    heard = await here.inbound.listen(Listen("main", RETURN))
    assert here.desk.requests == []
    assert heard.due == (RETURN_ID,)
    await here.publish()
    assert here.org.value(RETURN_ID, "Reason") == "other"


async def test_our_own_write_whose_answer_was_lost_is_no_wish_when_we_say_something_else(here: Setting) -> None:
    await here.shown()
    here.org.marks = False
    real = here.org.publish

    async def lost(projection: Projection) -> Published:
        await real(projection)
        raise Retryable("main", "publish", "the answer was lost")

    here.org.publish = lost  # type: ignore[method-assign]
    await here.record(reason=Reason.STYLE)
    with pytest.raises(Exception, match="answer was lost"):
        await here.publish()
    here.org.publish = real  # type: ignore[method-assign]
    await here.record(reason=Reason.OTHER)
    await here.listen()
    await here.publish()
    await here.settle()
    assert here.desk.requests == []
    assert here.org.value(RETURN_ID, "Reason") == "other"
