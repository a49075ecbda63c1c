"""A verdict that lowers the credit: quoted anew, and the customer is asked about exactly that number."""

from __future__ import annotations

import pytest

from adapters.errors import Retryable
from domain.inventory import Disposition, StockState
from domain.returns import Owner, Snapshot, Stage
from domain.units import Verdict
from tests.workflows.harness import Rig, Talk
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")

HALF = Verdict("70011", 1, Disposition.QUARANTINE, accepted=True, value=500_000)
FINE = Verdict("70011", 2, Disposition.RESTOCK, accepted=True)


async def asked(rig: Rig) -> tuple[Talk, Snapshot]:
    """A customer is asked to take 9.92 instead of 11.90."""
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect(FINE, HALF)
    return talk, await talk.at(Stage.AWAITING_CONSENT)


async def answer(talk: Talk, asked: Snapshot, word: str) -> m.Ack:
    assert asked.quote is not None
    return await talk.say(m.UPDATE_CONSENT, m.Consent(talk.key(), word, asked.quote.digest))


async def test_a_lower_credit_is_quoted_anew_and_nothing_posts_before_the_answer(rig: Rig) -> None:
    talk, snap = await asked(rig)
    assert snap.quote is not None
    assert (snap.quote.revision, str(snap.quote.total), str(snap.agreed)) == (2, "9.92 EUR", "11.90 EUR")
    await talk.until(lambda _: "consent" in rig.notices(talk))
    (mail,) = [mail for mail in rig.world.mails if mail.key.endswith(".consent")]
    assert "€9.92" in mail.text
    assert rig.world.memos == {}


async def test_an_accepted_lower_credit_is_what_posts_and_is_paid(rig: Rig) -> None:
    talk, snap = await asked(rig)
    await answer(talk, snap, "accept")
    end = await talk.end()
    assert end.payout is not None
    assert str(end.agreed) == str(end.credited) == str(end.payout.total) == "9.92 EUR"
    assert rig.notices(talk) == ["confirmation", "consent", "inspection", "financial_posting"]
    assert rig.world.stock[("MUG-01", StockState.AVAILABLE)] == 2
    assert rig.world.stock[("MUG-01", StockState.QUARANTINED)] == 1


async def test_contested_units_may_be_sent_back_instead(rig: Rig) -> None:
    talk, snap = await asked(rig)
    await answer(talk, snap, "send_back")
    end = await talk.end()
    assert str(end.credited) == "7.93 EUR"
    assert rig.world.stock[("MUG-01", StockState.SENT_BACK)] == 1


@pytest.mark.parametrize(
    ("decision", "credited"), [("uphold", "9.92 EUR"), ("overrule", "11.90 EUR"), ("send_back", "7.93 EUR")]
)
async def test_a_dispute_is_decided_by_support(rig: Rig, decision: str, credited: str) -> None:
    talk, snap = await asked(rig)
    await answer(talk, snap, "dispute")
    held = await talk.held("disputed")
    assert held.holds[0].owner is Owner.SUPPORT
    await talk.resolve(decision)
    end = await talk.end()
    assert str(end.credited) == credited
    assert end.matched


async def test_rejected_units_go_back_and_nothing_is_credited(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect(Verdict("70011", 3, Disposition.SEND_BACK, accepted=False))
    await answer(talk, await talk.at(Stage.AWAITING_CONSENT), "accept")
    end = await talk.end()
    assert (end.stage, str(end.credited), end.payout) == (Stage.CLOSED, "0.00 EUR", None)
    assert rig.world.memos == {}
    assert rig.world.stock == {
        ("MUG-01", StockState.PENDING_INSPECTION): 0,
        ("MUG-01", StockState.SENT_BACK): 3,
    }
    assert rig.notices(talk)[-1] == "not_credited"


async def test_a_unit_found_missing_in_the_parcel_is_written_off_not_forgotten(rig: Rig) -> None:
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect(FINE, Verdict("70011", 1, Disposition.MISSING, accepted=False))
    await answer(talk, await talk.at(Stage.AWAITING_CONSENT), "accept")
    end = await talk.end()
    assert str(end.credited) == "7.93 EUR"
    assert rig.world.stock[("MUG-01", StockState.PENDING_INSPECTION)] == 0
    assert rig.world.stock[("MUG-01", StockState.SCRAPPED)] == 1


async def test_an_answer_to_another_quote_a_bad_word_and_a_second_answer_are_refused(rig: Rig) -> None:
    talk, snap = await asked(rig)
    assert snap.quote is not None
    old = talk.answer.quote
    assert old is not None
    said = await talk.refusal(m.UPDATE_CONSENT, m.Consent("k", "accept", old.digest))
    assert said == f"bad_input: digest: the open quote is {snap.quote.digest}; answer the one that was shown"
    said = await talk.refusal(m.UPDATE_CONSENT, m.Consent("k", "maybe", snap.quote.digest))
    assert said == "bad_input: answer: 'maybe' is not one of accept, dispute, send_back"
    await answer(talk, snap, "dispute")
    said = await talk.refusal(m.UPDATE_CONSENT, m.Consent("k", "accept", snap.quote.digest))
    assert said == "wrong_stage: the customer's answer, or the shop's default, is taken already"


async def test_consent_is_refused_where_nothing_is_asked(rig: Rig) -> None:
    talk = await rig.start()
    assert talk.answer.quote is not None
    said = await talk.refusal(m.UPDATE_CONSENT, m.Consent("k", "accept", talk.answer.quote.digest))
    assert said == "wrong_stage: a return that is quoted asks nothing of the customer"


async def test_no_parcel_is_taken_while_the_erp_quotes_anew(rig: Rig) -> None:
    rig.world.fail("preview_credit", Retryable("erp", "preview", "busy", retry_after=0.05), times=10_000)
    talk = await (await rig.start()).authorized()
    await talk.receive()
    await talk.inspect(FINE, HALF)
    await talk.until(lambda _: "preview_credit" in rig.world.calls)
    said = await talk.refusal(m.UPDATE_RECEIVE, m.Receipt("P2", (m.ReceiptLine(1, "70011"),)))
    assert said == "wrong_stage: a return that is pending_inspection takes no goods; nothing was booked"
    rig.world.heal("preview_credit")
    await talk.at(Stage.AWAITING_CONSENT)
