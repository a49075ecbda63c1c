"""The request: quoted at once, refused with all reasons, or shown to a human."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.errors import Permanent, Retryable
from adapters.storefront.port import RequestedReturn, ReturnLine
from domain.inventory import Disposition
from domain.money import Money
from domain.policy import OnDifference
from domain.refund import CreditLine, ErpCredit
from domain.returns import Owner, Reason, RequestedLine, Stage
from domain.units import Verdict
from tests.doubles.world import NOW, mug_order
from tests.workflows.harness import Rig
from workflows import messages as m

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_request_is_answered_with_the_erps_quote_in_the_same_call(rig: Rig) -> None:
    talk = await rig.start()
    assert talk.answer.decision == "quoted"
    quote = talk.answer.quote
    assert quote is not None
    assert (str(quote.total), quote.revision) == ("11.90 EUR", 1)
    assert set(rig.world.authorizations.values()) == {"pending"}
    stored = await rig.stores.returns.snapshot(talk.answer.return_id)
    assert stored is not None
    assert stored.stage is Stage.QUOTED, "what the caller was told is in the books"


async def test_a_refusal_names_every_reason_and_leaves_nothing_behind(rig: Rig) -> None:
    lines = (RequestedLine("70011", 4, Reason.STYLE), RequestedLine("nope", 1, Reason.STYLE))
    talk = await rig.start(lines)
    assert talk.answer.decision == "refused"
    assert [reason.partition(":")[0] for reason in talk.answer.reasons] == ["more_than_bought", "unknown_line"]
    end = await talk.end()
    assert end.stage is Stage.REFUSED
    assert rig.notices(talk) == ["refused"]
    assert rig.world.authorizations == {}


async def test_an_unknown_order_is_refused_and_nobody_is_written_to(rig: Rig) -> None:
    talk = await rig.start(order_id="404")
    assert talk.answer.decision == "refused"
    assert talk.answer.reasons[0].startswith("unknown_order: ")
    assert (await talk.end()).stage is Stage.REFUSED
    assert rig.world.mails == []


async def test_the_same_unit_is_not_returned_twice(rig: Rig) -> None:
    await rig.start(key="click-1")
    second = await rig.start(key="click-2")
    assert second.answer.decision == "refused"
    assert second.answer.reasons == ("already_returned: line 70011 has 0 of 3 units left to return, not 3",)


@pytest.mark.parametrize("lines", [(), (RequestedLine("70011", 0, Reason.STYLE),)])
async def test_a_request_for_nothing_is_refused(rig: Rig, lines: tuple[RequestedLine, ...]) -> None:
    talk = await rig.start(lines)
    assert talk.answer.decision == "refused"


@pytest.mark.parametrize(("choice", "decision"), [("accept", Stage.QUOTED), ("refuse", Stage.REFUSED)])
async def test_a_doubtful_request_waits_for_support(rig: Rig, choice: str, decision: Stage) -> None:
    rig.world.orders["5001"] = mug_order(delivered_at=NOW - timedelta(days=35))
    talk = await rig.start()
    assert talk.answer.decision == "review"
    assert talk.answer.hold is not None
    assert (talk.answer.hold.owner, talk.answer.hold.reason) == (Owner.SUPPORT, "eligibility_review")
    assert talk.answer.reasons[0].startswith("just_late: ")
    await talk.resolve(choice)
    await talk.at(decision)


async def test_a_shop_that_is_away_holds_the_request_and_retry_resumes_it(rig: Rig) -> None:
    rig.policy = replace(rig.policy, vendor_patience=1)
    rig.world.fail("order", Retryable("shop", "order", "away"), times=4)
    talk = await rig.start()
    assert talk.answer.decision in {"review", "quoted"}
    assert (await talk.at(Stage.QUOTED)).holds == ()


async def test_an_order_that_is_not_invoiced_is_held_for_finance(rig: Rig) -> None:
    rig.world.fail("invoice", Permanent("erp", "invoice", "order 5001 is not invoiced"))
    talk = await rig.start()
    assert talk.answer.decision == "review"
    assert talk.answer.hold is not None
    assert (talk.answer.hold.owner, talk.answer.hold.reason) == (Owner.FINANCE, "erp_cannot_quote")
    await talk.resolve("retry")
    await talk.at(Stage.QUOTED)


def dearer(credit: ErpCredit) -> ErpCredit:
    line = replace(credit.lines[0], net=credit.lines[0].net + 3)
    return replace(credit, lines=(line,), total=Money(credit.total.minor + 3, credit.total.currency))


async def test_a_quote_that_differs_from_our_reversal_is_held_and_accepted_by_finance(rig: Rig) -> None:
    rig.world.skew_quote = dearer
    talk = await rig.start()
    assert talk.answer.decision == "review"
    assert talk.answer.hold is not None
    assert talk.answer.hold.detail.startswith("70011 net: ours 1000, theirs 1003")
    await talk.resolve("accept_erp")
    quoted = await talk.at(Stage.QUOTED)
    assert quoted.quote is not None
    assert quoted.quote.lines == (CreditLine("70011", 3, 1003, {"DE19": 190}),)


async def test_a_quote_that_differs_passes_where_the_policy_takes_the_erps_word(rig: Rig) -> None:
    rig.policy = replace(rig.policy, on_difference=OnDifference.ACCEPT_ERP)
    rig.world.skew_quote = dearer
    talk = await rig.start((RequestedLine("70011", 2, Reason.STYLE),))
    assert talk.answer.quote is not None
    assert str(talk.answer.quote.total) == "7.96 EUR"
    held = {row.component: row.reserved for row in await rig.stores.ledger.lines("inv-5001") if row.line_id == "70011"}
    assert held == {"net": 669, "tax DE19": 127}
    await talk.authorized()
    await talk.receive(2)
    await talk.inspect(Verdict("70011", 2, Disposition.RESTOCK, accepted=True))
    end = await talk.end()
    assert end.matched
    gone = {row.component: row.reversed for row in await rig.stores.ledger.lines("inv-5001") if row.line_id == "70011"}
    assert gone == held


async def test_more_than_the_invoice_has_left_is_held_even_where_the_policy_takes_the_erps_word(rig: Rig) -> None:
    rig.policy = replace(rig.policy, on_difference=OnDifference.ACCEPT_ERP)
    rig.world.skew_quote = dearer
    talk = await rig.start()
    assert talk.answer.hold is not None
    assert talk.answer.hold.reason == "quote_differs"
    beyond = "70011 net, left of the invoice: ours 1000, theirs 1003"
    assert talk.answer.hold.detail == f"70011 net: ours 1000, theirs 1003; {beyond}"
    await talk.resolve("accept_erp")
    quoted = await talk.at(Stage.QUOTED)
    assert quoted.quote is not None
    assert str(quoted.quote.total) == "11.93 EUR"


async def test_a_refused_difference_takes_the_authorization_back(rig: Rig) -> None:
    rig.world.skew_quote = dearer
    talk = await rig.start()
    await talk.resolve("refuse")
    assert (await talk.end()).stage is Stage.REFUSED
    assert set(rig.world.authorizations.values()) == {"cancelled"}


async def test_a_return_begun_in_the_shop_and_refused_is_cancelled_there(rig: Rig) -> None:
    asked = (ReturnLine("70011", 4, "style"),)
    rig.world.requested["gid-1"] = RequestedReturn("gid-1", "5001", asked)
    talk = await rig.start((RequestedLine("70012", 4, Reason.STYLE),), storefront_return="gid-1")
    assert (await talk.end()).stage is Stage.REFUSED
    assert rig.world.returns["gid-1"] == "cancelled"


async def test_tracking_news_is_kept_at_any_stage(rig: Rig) -> None:
    talk = await rig.start()
    for status in ("label_created", "in_transit"):
        await talk.handle.signal(m.SIGNAL_TRACKING, m.Tracking("DHL-1", status))
    await talk.until(lambda snap: snap.tracking == ("DHL-1",))
    await talk.authorized()
    timeline = await rig.stores.returns.timeline(talk.answer.return_id)
    assert [event.text for event in timeline if event.kind == "tracking"] == [
        "DHL-1: label_created",
        "DHL-1: in_transit",
    ]
