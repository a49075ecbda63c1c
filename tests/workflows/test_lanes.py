"""CRM and notices: newest state, bursts fall together, and never in the way of the money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.crm.port import Projection
from adapters.errors import Permanent, Retryable, UnknownOutcome
from domain.returns import Stage
from store.port import Erased
from tests.workflows.harness import Rig, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Remembering(dict[str, Projection]):
    """What a CRM shows, and of whom it ever showed anything."""

    def __init__(self) -> None:
        super().__init__()
        self.customers: set[str] = set()

    def __setitem__(self, return_id: str, shown: Projection) -> None:
        super().__setitem__(return_id, shown)
        self.customers.add(shown.customer_id)


async def closed_but_for_the_crm(rig: Rig) -> Talk:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect()
    await talk.at(Stage.CLOSED)
    return talk


async def test_the_crm_ends_at_the_return_s_last_state(rig: Rig) -> None:
    end = await (await closed_but_for_the_crm(rig)).end()
    shown = rig.world.crm[end.return_id]
    assert (shown.stage, shown.version) == ("closed", end.version)
    assert (str(shown.quoted), str(shown.credited), str(shown.paid)) == ("11.90 EUR", "11.90 EUR", "11.90 EUR")
    (state,) = end.crm
    assert (state.published, state.parked) == (end.version, False)


async def test_a_crm_that_is_away_holds_up_nothing_and_gets_the_newest_state_when_it_is_back(rig: Rig) -> None:
    rig.world.fail("publish main", Retryable("crm", "upsert", "limit", retry_after=0.05), times=10_000)
    talk = await closed_but_for_the_crm(rig)
    assert len(rig.world.memos) == 1
    assert rig.world.crm == {}
    tried = rig.world.calls.count("publish main")
    rig.world.heal("publish main")
    end = await talk.end()
    assert rig.world.crm[end.return_id].stage == "closed"
    published = rig.world.calls.count("publish main") - tried
    assert published <= 3, "all that happened meanwhile is one or two publications, not one per stage"


async def test_a_crm_is_not_told_of_a_return_whose_order_is_still_being_loaded(rig: Rig) -> None:
    """Without its order a return has no customer: a CRM would make a guest of them, who stays."""
    shown = rig.world.crm = Remembering()
    rig.world.fail("order", Retryable("shop", "order", "Throttled", retry_after=0.05), times=6)
    talk = await rig.start()
    await talk.until(lambda snap: bool(snap.crm))
    assert shown.customers
    assert "" not in shown.customers


async def test_a_crm_that_stays_away_is_parked_as_a_dead_letter_and_the_return_closes(rig: Rig) -> None:
    rig.policy = replace(rig.policy, crm_patience=1)
    rig.world.fail("publish main", Retryable("crm", "upsert", "limit", retry_after=0.05), times=10_000)
    end = await (await closed_but_for_the_crm(rig)).end()
    assert end.matched
    (letter,) = {letter.lane for letter in await rig.stores.outbox.dead_letters()}
    assert letter == "crm:main"
    assert end.crm[0].parked


async def test_a_dead_letter_is_revived_by_the_next_state(rig: Rig) -> None:
    rig.world.fail("publish main", Permanent("crm", "upsert", "field is read only"))
    talk = await rig.start()
    await talk.until(lambda snap: bool(snap.crm) and snap.crm[0].parked)
    await talk.authorized()
    snap = await talk.until(lambda snap: not snap.crm[0].parked)
    assert await rig.stores.outbox.dead_letters() == ()
    assert rig.world.crm[snap.return_id].stage == "awaiting_goods"


async def test_a_crm_that_is_not_to_show_a_return_is_not_said_to(rig: Rig) -> None:
    async def nobody(return_id: str) -> None:
        raise Erased(f"whose return {return_id} was has been erased")

    rig.stores.returns.with_contact = nobody  # type: ignore[method-assign]
    talk = await rig.start()
    snap = await talk.until(lambda snap: bool(snap.crm))
    assert (snap.crm[0].published, snap.crm[0].parked, rig.world.crm) == (0, False, {})


async def test_a_hold_is_shown_in_the_crm_with_its_reason(rig: Rig) -> None:
    rig.world.fail("pay_out", Permanent("shop", "refund", "no"))
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect()
    held = await talk.held("payout_refused")
    await talk.until(lambda _: rig.world.crm[held.return_id].hold == "payout_refused")
    assert rig.world.crm[held.return_id].stage == "credited"


async def test_a_notice_whose_sending_is_uncertain_goes_out_under_the_same_key(rig: Rig) -> None:
    rig.world.fail("send", UnknownOutcome("smtp", "DATA", "connection lost"), times=1)
    talk = await (await rig.start()).authorized()
    await talk.until(lambda _: rig.notices(talk) == ["confirmation"])


async def test_notices_that_cannot_be_sent_are_parked_and_the_return_closes(rig: Rig) -> None:
    rig.world.fail("send", Permanent("smtp", "RCPT", "no such mailbox"), times=3)
    end = await (await closed_but_for_the_crm(rig)).end()
    assert end.stage is Stage.CLOSED
    assert {letter.lane for letter in await rig.stores.outbox.dead_letters()} == {"notice"}


async def test_every_recorded_version_is_newer_and_the_last_one_is_the_end(rig: Rig) -> None:
    end = await (await closed_but_for_the_crm(rig)).end()
    stored = await rig.stores.returns.snapshot(end.return_id)
    assert stored is not None
    assert (stored.version, stored.stage) == (end.version, Stage.CLOSED)
    kinds = [event.kind for event in await rig.stores.returns.timeline(end.return_id)]
    story = ["requested", "quoted", "confirmed", "authorized", "received", "inspected", "inspection_done"]
    assert kinds == [*story, "credited", "paid", "stock_moved", "closed"]
