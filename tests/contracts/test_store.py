"""What every store promises: the double of the workflow tests is held to the same as PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.basis import Basis
from domain.errors import NotRemaining, WrongStage
from domain.order import Contact
from domain.policy import Policy, Shipping
from domain.reckoning import Asked
from domain.returns import CrmState, Stage
from domain.units import FULL_VALUE
from store.port import Outgoing, Stores
from tests.store.samples import invoice, move, posted, shipping

MUGS = posted("mug", 3, 2997, US8875=266)
# Shipping stays where it is.
KEPT = Basis(Policy(shipping=Shipping.NEVER))
CRM, NOTICE = Outgoing("crm:sf", "quoted"), Outgoing("notice", "quoted")


def ask(quantity: int, value: int | None = None) -> Asked:
    return Asked("mug", quantity, quantity * FULL_VALUE if value is None else value)


async def test_nothing_is_known_of_an_unknown_return(stores: Stores) -> None:
    assert await stores.returns.snapshot("R-9-Z") is None
    assert await stores.returns.contact("R-9-Z") is None
    assert await stores.returns.timeline("R-9-Z") == ()


async def test_a_version_is_recorded_once_with_its_story_and_what_it_owes(stores: Stores) -> None:
    first = move(outgoing=(NOTICE,))
    await stores.returns.record(first)
    await stores.notices.sent("R-1-A", "quoted", "m1")
    await stores.returns.record(replace(first, snapshot=replace(first.snapshot, stage=Stage.CLOSED)))
    found = await stores.returns.snapshot("R-1-A")
    assert found is not None
    assert found.stage is first.snapshot.stage
    assert len(await stores.returns.timeline("R-1-A")) == len(first.events)
    assert not await stores.notices.owed("R-1-A", "quoted")


async def test_recording_answers_what_the_books_said_before(stores: Stores) -> None:
    first, second = move(version=1), move(version=2, stage=Stage.CONFIRMED)
    assert await stores.returns.record(first) is None
    assert await stores.returns.record(second) == first.snapshot
    for late in (second, first):
        assert await stores.returns.record(late) == second.snapshot


async def test_an_older_version_never_wins_but_its_story_is_kept(stores: Stores) -> None:
    await stores.returns.record(move(version=3))
    await stores.returns.record(move(version=2))
    found = await stores.returns.snapshot("R-1-A")
    assert found is not None
    assert found.version == 3
    assert [told.kind for told in await stores.returns.timeline("R-1-A")] == ["step_2", "step_3"]


async def test_one_request_of_one_order_is_one_return(stores: Stores) -> None:
    await stores.returns.record(move("R-1-A", request_key="click-1"))
    with pytest.raises(WrongStage, match="click-1"):
        await stores.returns.record(move("R-1-B", request_key="click-1"))
    await stores.returns.record(move("R-2-B", request_key="click-1"))


async def test_the_newest_contact_counts(stores: Stores) -> None:
    anna = Contact("Anna Vogel", "anna@example.test", "801", None, "de-AT")
    await stores.returns.save_contact("R-1-A", replace(anna, email="old@example.test"))
    await stores.returns.save_contact("R-1-A", anna)
    assert await stores.returns.contact("R-1-A") == anna


async def test_snapshot_and_contact_come_together_or_not_at_all(stores: Stores) -> None:
    anna, first = Contact("Anna Vogel", "anna@example.test", "801"), move()
    assert await stores.returns.with_contact("R-1-A") is None
    await stores.returns.save_contact("R-1-A", anna)
    assert await stores.returns.with_contact("R-1-A") is None
    await stores.returns.record(first)
    assert await stores.returns.with_contact("R-1-A") == (first.snapshot, anna)


async def test_reservations_one_by_one_sum_to_the_posting(stores: Stores) -> None:
    parts = [(await stores.ledger.reserve(f"R-1-{turn}", invoice(MUGS), (ask(1),), KEPT)).lines[0] for turn in range(3)]
    assert (sum(part.net for part in parts), sum(part.taxes["US8875"] for part in parts)) == (2997, 266)
    assert all(component.remaining == 0 for component in await stores.ledger.lines("inv-1"))


async def test_no_two_returns_are_promised_the_same_unit(stores: Stores) -> None:
    await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(2),), KEPT)
    with pytest.raises(NotRemaining):
        await stores.ledger.reserve("R-1-B", invoice(MUGS), (ask(2),), KEPT)
    await stores.ledger.release("R-1-A")
    assert await stores.ledger.reserve("R-1-B", invoice(MUGS), (ask(2),), KEPT)


async def test_a_revised_reservation_replaces_the_former_one(stores: Stores) -> None:
    await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(3),), KEPT)
    (half,) = (await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(3, FULL_VALUE * 3 // 2),), KEPT)).lines
    assert half.total == (2997 + 266 + 1) // 2
    assert sum(line.reserved for line in await stores.ledger.lines("inv-1")) == half.total


async def test_what_is_reversed_is_neither_released_nor_reserved_anew(stores: Stores) -> None:
    mine = (await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(3),), KEPT)).lines
    await stores.ledger.reverse("R-1-A", mine)
    await stores.ledger.reverse("R-1-A", mine)
    await stores.ledger.release("R-1-A")
    with pytest.raises(WrongStage):
        await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(1),), KEPT)
    with pytest.raises(NotRemaining):
        await stores.ledger.reserve("R-1-B", invoice(MUGS), (ask(1),), KEPT)


async def test_a_credit_memo_is_reversed_as_it_was_posted(stores: Stores) -> None:
    (mine,) = (await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(1),), KEPT)).lines
    await stores.ledger.reverse("R-1-A", (replace(mine, net=mine.net - 2, taxes={"US8875": 90}),))
    rows = {row.component: row.reversed for row in await stores.ledger.lines("inv-1")}
    assert rows == {"net": mine.net - 2, "tax US8875": 90}
    (rest,) = (await stores.ledger.reserve("R-1-B", invoice(MUGS), (ask(2),), KEPT)).lines
    assert rest.total == 2997 + 266 - (mine.net - 2 + 90)


async def test_what_the_erp_quotes_is_what_is_held(stores: Stores) -> None:
    (mine,) = (await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(1),), KEPT)).lines
    assert await stores.ledger.reprice("R-1-A", (replace(mine, net=mine.net + 3),)) == ()
    rows = {row.component: row.reserved for row in await stores.ledger.lines("inv-1")}
    assert rows == {"net": mine.net + 3, "tax US8875": mine.taxes["US8875"]}
    (rest,) = (await stores.ledger.reserve("R-1-B", invoice(MUGS), (ask(2),), KEPT)).lines
    assert rest.total == 2997 + 266 - mine.total - 3


async def test_a_quote_of_more_than_the_invoice_has_left_is_named(stores: Stores) -> None:
    (mine,) = (await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(3),), KEPT)).lines
    beyond = await stores.ledger.reprice("R-1-A", (replace(mine, net=3000),))
    assert [str(one) for one in beyond] == ["mug net, left of the invoice: ours 2997, theirs 3000"]


async def test_only_what_is_reserved_can_be_held_at_another_price_or_be_reversed(stores: Stores) -> None:
    (mine,) = (await stores.ledger.reserve("R-1-A", invoice(MUGS), (ask(1),), KEPT)).lines
    await stores.ledger.release("R-1-A")
    for act in (stores.ledger.reprice, stores.ledger.reverse):
        with pytest.raises(WrongStage):
            await act("R-1-A", (mine,))


async def test_releasing_nothing_is_fine(stores: Stores) -> None:
    await stores.ledger.release("R-1-A")


async def test_shipping_comes_back_with_the_last_unit_and_once(stores: Stores) -> None:
    whole = invoice(MUGS, shipping(490))
    first = (await stores.ledger.reserve("R-1-A", whole, (ask(2),), Basis())).lines
    last = (await stores.ledger.reserve("R-1-B", whole, (ask(1),), Basis())).lines
    assert [[line.line_id for line in lines] for lines in (first, last)] == [["mug"], ["mug", "shipping"]]


async def test_a_notice_is_owed_until_it_was_sent(stores: Stores) -> None:
    await stores.returns.record(move(outgoing=(NOTICE,)))
    assert await stores.notices.owed("R-1-A", "quoted")
    assert not await stores.notices.owed("R-1-A", "closed")
    await stores.notices.sent("R-1-A", "quoted", "m1")
    assert not await stores.notices.owed("R-1-A", "quoted")


async def test_what_is_given_up_is_a_dead_letter_until_the_lane_succeeds(stores: Stores) -> None:
    await stores.returns.record(move(outgoing=(CRM, NOTICE)))
    await stores.outbox.park("R-1-A", "crm:sf", "the record is locked")
    await stores.outbox.park("R-1-A", "crm:sf", "a later reason")
    (dead,) = await stores.outbox.dead_letters()
    assert (dead.lane, dead.subject, dead.reason) == ("crm:sf", "quoted", "the record is locked")
    await stores.outbox.shown("R-1-A", "sf", 2, "quoted")
    assert await stores.outbox.dead_letters() == ()


async def test_what_is_waived_is_owed_no_more_and_not_shown_either(stores: Stores) -> None:
    await stores.returns.record(move(outgoing=(CRM, NOTICE)))
    await stores.outbox.park("R-1-A", "crm:sf", "away")
    await stores.outbox.waive("R-1-A", "sf", 1)
    assert await stores.outbox.dead_letters() == ()
    assert await stores.outbox.crm_states("R-1-A") == ()
    assert await stores.notices.owed("R-1-A", "quoted")
    await stores.returns.record(move(version=2, outgoing=(CRM,)))
    await stores.outbox.waive("R-1-A", "sf", 1)
    await stores.outbox.park("R-1-A", "crm:sf", "away again")
    assert [letter.reason for letter in await stores.outbox.dead_letters()] == ["away again"]


async def test_a_lane_that_owes_nothing_has_no_dead_letter(stores: Stores) -> None:
    await stores.outbox.park("R-1-A", "crm:sf", "away")
    assert await stores.outbox.dead_letters() == ()


async def test_what_a_crm_shows_is_known_with_what_was_given_up(stores: Stores) -> None:
    await stores.returns.record(move(outgoing=(CRM, NOTICE)))
    assert await stores.outbox.crm_states("R-1-A") == ()
    await stores.outbox.park("R-1-A", "crm:sf", "away")
    await stores.outbox.park("R-1-A", "notice", "away")
    assert await stores.outbox.crm_states("R-1-A") == (CrmState("sf", 0, True),)
    await stores.outbox.shown("R-1-A", "sf", 1, "quoted")
    await stores.outbox.shown("R-1-A", "sf", 0, "requested")
    assert await stores.outbox.crm_states("R-1-A") == (CrmState("sf", 1, False),)


async def test_a_notice_that_bounced_is_a_dead_letter_until_it_is_sent_again(stores: Stores) -> None:
    await stores.returns.record(move(outgoing=(NOTICE,)))
    told = len(await stores.returns.timeline("R-1-A"))
    await stores.notices.sent("R-1-A", "quoted", "m1")
    assert await stores.notices.whose("m1") == ("R-1-A", "quoted")
    assert await stores.notices.whose("m2") is None
    for _ in range(2):
        await stores.notices.bounced("R-1-A", "quoted", "5.1.1")
    (dead,) = await stores.outbox.dead_letters()
    assert (dead.lane, dead.subject, dead.reason) == ("notice", "quoted", "bounced: 5.1.1")
    *_, event = await stores.returns.timeline("R-1-A")
    assert (event.kind, event.actor, event.detail) == ("notice_bounced", "mail", {"notice": "quoted"})
    assert len(await stores.returns.timeline("R-1-A")) == told + 1
    assert await stores.notices.again("R-1-A", "quoted", "ida")
    assert not await stores.notices.again("R-1-A", "quoted", "ida")
    assert await stores.notices.owed("R-1-A", "quoted") == 2
    await stores.notices.sent("R-1-A", "quoted", "m2")
    (state,) = await stores.notices.of("R-1-A")
    assert (state.sending, state.bounced_at, state.given_up_at, state.reason) == (2, None, None, "")


async def test_what_bounced_after_a_newer_move_stands_beside_that(stores: Stores) -> None:
    await stores.returns.record(move(outgoing=(NOTICE,)))
    await stores.notices.sent("R-1-A", "quoted", "m1")
    await stores.returns.record(move(version=2))
    await stores.notices.bounced("R-1-A", "quoted", "5.1.1")
    await stores.returns.record(move(version=3))
    kinds = [event.kind for event in await stores.returns.timeline("R-1-A")]
    assert kinds == ["step_1", "step_2", "notice_bounced", "step_3"]


async def test_lost_answers_are_counted_for_each_sending(stores: Stores) -> None:
    await stores.returns.record(move(outgoing=(NOTICE,)))
    assert [await stores.notices.lost("R-1-A", "quoted") for _ in range(2)] == [1, 2]
    await stores.outbox.park("R-1-A", "notice", "lost")
    assert await stores.notices.again("R-1-A", "quoted", "ida")
    assert await stores.notices.lost("R-1-A", "quoted") == 1
