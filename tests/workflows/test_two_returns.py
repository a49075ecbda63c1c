"""Two open returns of one order: what one is promised because of the other is posted only if the other is, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.inventory import Disposition, StockState
from domain.money import Money
from domain.policy import Fee, OnDifference
from domain.refund import ErpCredit
from domain.returns import Reason, RequestedLine, Stage
from domain.units import Verdict
from tests.doubles.stores import MemoryLedger
from tests.workflows.harness import Rig, Talk
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")

POT = (RequestedLine("70012", 1, Reason.STYLE),)
# The mugs are worth 11.90, the pot 27.29; shipping, 5.01, is given back when both are back.


async def both(rig: Rig) -> tuple[Talk, Talk]:
    """All mugs, then the pot: authorized, and on their way."""
    mugs = await (await rig.start()).authorized()
    pot = await (await rig.start(POT, key="click-2")).authorized()
    assert (amount(mugs), amount(pot)) == ("11.90 EUR", "32.30 EUR")
    return mugs, pot


def amount(talk: Talk) -> str:
    assert talk.answer.quote is not None
    return str(talk.answer.quote.total)


async def came(talk: Talk, line_id: str, quantity: int) -> None:
    await talk.receive(quantity, f"P-{line_id}", line_id)
    await talk.inspect(Verdict(line_id, quantity, Disposition.RESTOCK, accepted=True))


async def consent(talk: Talk, word: str) -> None:
    snap = await talk.at(Stage.AWAITING_CONSENT)
    assert snap.quote is not None
    await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), word, snap.quote.digest))


async def test_one_after_the_other_posts_as_it_was_quoted(rig: Rig) -> None:
    mugs, pot = await both(rig)
    await came(mugs, "70011", 3)
    assert str((await mugs.end()).credited) == "11.90 EUR"
    await came(pot, "70012", 1)
    end = await pot.end()
    assert end.quote is not None
    assert (str(end.credited), end.quote.revision, end.quote.leans) == ("32.30 EUR", 1, False)
    assert rig.notices(pot) == ["confirmation", "inspection", "financial_posting"]
    assert rig.world.calls.count("preview_credit") == 3


async def test_when_the_other_is_withdrawn_the_lower_number_is_asked_about(rig: Rig) -> None:
    mugs, pot = await both(rig)
    await mugs.say(m.UPDATE_WITHDRAW, m.Withdraw(mugs.key()))
    assert (await mugs.end()).stage is Stage.WITHDRAWN
    await came(pot, "70012", 1)
    snap = await pot.at(Stage.AWAITING_CONSENT)
    assert snap.quote is not None
    assert (str(snap.quote.total), str(snap.agreed)) == ("27.29 EUR", "32.30 EUR")
    await consent(pot, "accept")
    end = await pot.end()
    assert (str(end.credited), end.matched) == ("27.29 EUR", True)
    assert rig.notices(pot)[:2] == ["confirmation", "consent_changed"]


async def test_who_does_not_agree_to_a_credit_that_fell_keeps_the_goods(rig: Rig) -> None:
    mugs, pot = await both(rig)
    await mugs.say(m.UPDATE_WITHDRAW, m.Withdraw(mugs.key()))
    await mugs.end()
    await came(pot, "70012", 1)
    await consent(pot, "send_back")
    assert (await pot.end()).stage is Stage.WITHDRAWN
    assert rig.world.memos == {}


async def test_who_posts_first_posts_without_it_and_the_other_gets_it(rig: Rig) -> None:
    mugs, pot = await both(rig)
    await came(pot, "70012", 1)
    await consent(pot, "accept")
    assert str((await pot.end()).credited) == "27.29 EUR"
    await came(mugs, "70011", 3)
    end = await mugs.end()
    assert end.quote is not None
    assert (str(end.credited), str(end.agreed), end.matched) == ("16.91 EUR", "16.91 EUR", True)
    assert [line.line_id for line in end.memo_lines] == ["70011", "shipping"]
    assert "consent" not in rig.notices(mugs)


async def test_a_return_alone_is_worked_out_once(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await came(talk, "70011", 3)
    end = await talk.end()
    assert end.quote is not None
    assert (end.quote.revision, rig.world.calls.count("preview_credit")) == (1, 1)


async def test_fees_are_lines_of_the_quote_the_memo_and_the_mail(rig: Rig) -> None:
    rig.policy = replace(rig.policy, restocking_fee=Fee(percent="10"))
    talk = await (await rig.start()).authorized()
    quote = talk.answer.quote
    assert quote is not None
    fee = next(line for line in quote.lines if line.line_id == "restocking_fee")
    assert (fee.quantity, fee.net, fee.taxes, str(quote.total)) == (0, -100, {"DE19": -19}, "10.71 EUR")
    await came(talk, "70011", 3)
    end = await talk.end()
    assert (str(end.credited), end.matched, end.memo_lines) == ("10.71 EUR", True, quote.lines)
    (mail,) = [mail for mail in rig.world.mails if mail.key.endswith(".confirmation")]
    assert "10 % of the goods' net amount" in mail.text
    assert ": -€1.19" in mail.text


async def test_a_fee_takes_no_more_than_the_credit_and_the_goods_are_credited_all_the_same(rig: Rig) -> None:
    rig.policy = replace(rig.policy, return_shipping_fee=Fee(flat={"EUR": "50.00"}, taxed=False))
    talk = await (await rig.start()).authorized()
    assert amount(talk) == "0.00 EUR"
    await came(talk, "70011", 3)
    end = await talk.end()
    assert (end.stage, str(end.credited), end.matched) == (Stage.CLOSED, "0.00 EUR", True)
    assert [line.total for line in end.memo_lines] == [1190, -1190]
    assert len(rig.world.memos) == 1


async def test_who_sends_back_all_that_was_worth_less_leaves_nothing_to_post(rig: Rig) -> None:
    rig.policy = replace(rig.policy, on_difference=OnDifference.ACCEPT_ERP)
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect(Verdict("70011", 3, Disposition.QUARANTINE, accepted=True, value=500_000))
    await talk.at(Stage.AWAITING_CONSENT)
    ledger = rig.stores.ledger
    assert isinstance(ledger, MemoryLedger)
    ledger.footings[talk.answer.return_id] = "leaning"
    rig.world.skew = a_euro_less
    await consent(talk, "accept")
    asked = await talk.until(lambda snap: snap.quote is not None and snap.quote.revision == 3)
    assert asked.quote is not None
    await consent(talk, "send_back")
    end = await talk.end()
    assert (end.stage, str(end.credited), end.holds) == (Stage.CLOSED, "0.00 EUR", ())
    assert rig.world.memos == {}
    assert rig.world.stock[("MUG-01", StockState.SENT_BACK)] == 3


def a_euro_less(credit: ErpCredit) -> ErpCredit:
    line = replace(credit.lines[0], net=credit.lines[0].net - 100)
    return replace(credit, lines=(line, *credit.lines[1:]), total=Money(credit.total.minor - 100, "EUR"))
