"""The customer's yes names what was shown: the digest and the amount."""

from __future__ import annotations

import pytest

from adapters.errors import Permanent, Retryable, UnknownOutcome
from domain.money import Money
from domain.returns import Stage
from tests.workflows.harness import Rig
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_confirmed_return_is_authorized_on_both_sides_and_the_customer_is_told(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    snap = await talk.until(lambda _: rig.notices(talk) == ["confirmation"])
    assert rig.world.authorizations[snap.authorization] == "approved"
    assert rig.world.returns[snap.storefront_return] == "open"
    assert str(snap.agreed) == "11.90 EUR"


async def test_an_unknown_digest_is_refused_with_the_open_one(rig: Rig) -> None:
    talk = await rig.start()
    quote = talk.answer.quote
    assert quote is not None
    said = await talk.refusal(m.UPDATE_CONFIRM, m.Confirm(talk.key(), "another", quote.total))
    assert said == f"bad_input: digest: the open quote is {quote.digest}; confirm the one that was shown"


@pytest.mark.parametrize("amount", [Money(1189, "EUR"), Money(1190, "USD"), Money(-1190, "EUR")])
async def test_another_amount_is_refused(rig: Rig, amount: Money) -> None:
    talk = await rig.start()
    quote = talk.answer.quote
    assert quote is not None
    said = await talk.refusal(m.UPDATE_CONFIRM, m.Confirm(talk.key(), quote.digest, amount))
    assert said == f"bad_input: amount: the open quote is 11.90 EUR, not {amount}"
    assert (await talk.snapshot()).stage is Stage.QUOTED


async def test_confirming_twice_with_one_key_is_one_confirmation_and_with_another_is_refused(rig: Rig) -> None:
    talk = await rig.start()
    quote = talk.answer.quote
    assert quote is not None
    message = m.Confirm("yes", quote.digest, quote.total)
    first = await talk.handle.execute_update(m.UPDATE_CONFIRM, message, id="yes", result_type=m.Ack)
    again = await talk.handle.execute_update(m.UPDATE_CONFIRM, message, id="yes", result_type=m.Ack)
    assert first == again
    await talk.at(Stage.AWAITING_GOODS)
    said = await talk.refusal(m.UPDATE_CONFIRM, message)
    assert said == "wrong_stage: only a quoted return can be confirmed; this one is awaiting_goods"


async def test_what_the_erp_refuses_is_held_for_finance_and_resumed(rig: Rig) -> None:
    rig.world.fail("authorize", Permanent("erp", "authorize", "the period is locked"))
    talk = await rig.start()
    await talk.confirm()
    held = await talk.held("authorization_refused")
    assert held.stage is Stage.CONFIRMED
    await talk.resolve("retry")
    assert (await talk.at(Stage.AWAITING_GOODS)).holds == ()


async def test_a_lost_answer_is_asked_for_again(rig: Rig) -> None:
    rig.world.fail("open_return", UnknownOutcome("shop", "returnCreate", "connection lost"), times=2)
    talk = await (await rig.start()).authorized()
    assert (await talk.snapshot()).storefront_return.startswith("shop-")


async def test_a_slow_vendor_is_shown_while_it_is_tried_on(rig: Rig) -> None:
    rig.world.fail("authorize", Retryable("erp", "authorize", "busy", retry_after=0.01), times=6)
    talk = await (await rig.start()).authorized()
    timeline = await rig.stores.returns.timeline(talk.answer.return_id)
    assert "vendor_slow" in [event.kind for event in timeline]
    assert (await talk.snapshot()).holds == ()
