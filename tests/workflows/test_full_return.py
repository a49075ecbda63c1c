"""The whole way, with nothing in between."""

from __future__ import annotations

import pytest

from domain.inventory import StockState
from domain.returns import Stage
from tests.workflows.harness import Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_full_return_closes_with_one_number(rig: Rig) -> None:
    talk = await rig.start()
    assert talk.answer.decision == "quoted"
    assert talk.answer.quote is not None
    assert str(talk.answer.quote.total) == "11.90 EUR"
    await talk.confirm()
    await talk.at(Stage.AWAITING_GOODS)
    await talk.receive()
    assert rig.world.stock.get(("MUG-01", StockState.AVAILABLE)) is None
    await talk.inspect()
    end = await talk.end()
    assert end.stage is Stage.CLOSED
    assert end.matched
    assert end.quote is not None
    assert end.payout is not None
    assert end.quote.total == end.credited == end.payout.total
    assert rig.world.stock[("MUG-01", StockState.AVAILABLE)] == 3
    assert rig.world.stock[("MUG-01", StockState.PENDING_INSPECTION)] == 0
    assert [mail.key.rpartition(".")[2] for mail in rig.world.mails] == [
        "confirmation",
        "inspection",
        "financial_posting",
    ]
    assert rig.world.crm[end.return_id].stage == Stage.CLOSED
