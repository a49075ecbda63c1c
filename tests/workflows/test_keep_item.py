"""A credit too small for the goods to come back: the customer keeps them, and nothing waits for a parcel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.inventory import Disposition
from domain.money import Money
from domain.returns import Stage
from domain.units import Acceptance, Reception
from tests.workflows.harness import Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_credit_below_the_limit_is_paid_and_the_goods_stay_with_the_customer(rig: Rig) -> None:
    rig.policy = replace(rig.policy, keep_item_below={"EUR": "11.91"})
    talk = await rig.start()
    assert (await talk.snapshot()).keep_item
    assert talk.answer.quote is not None
    assert "keep_item" in [note.name for note in talk.answer.quote.notes]
    await talk.confirm()
    end = await talk.end()
    assert (end.stage, end.matched, end.credited) == (Stage.CLOSED, True, Money(1190, "EUR"))
    (lot,) = end.lots
    assert (lot.reception, lot.acceptance, lot.disposition) == (
        Reception.KEPT,
        Acceptance.ACCEPTED,
        Disposition.KEPT,
    )
    assert (rig.world.receipts, rig.world.stock, end.stock) == ({}, {}, ())
    assert rig.world.returns[end.storefront_return] == "closed"
    assert rig.notices(talk) == ["kept", "financial_posting"]
    assert [event.kind for event in await rig.stores.returns.timeline(end.return_id)].count("kept") == 1


@pytest.mark.parametrize("limits", [{}, {"EUR": "11.90"}, {"USD": "100.00"}])
async def test_a_credit_that_is_not_below_the_limit_of_its_currency_waits_for_the_goods(
    rig: Rig, limits: dict[str, str]
) -> None:
    rig.policy = replace(rig.policy, keep_item_below=limits)
    talk = await (await rig.start()).authorized()
    assert not (await talk.snapshot()).keep_item
