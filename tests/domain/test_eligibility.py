"""May it come back: a table of cases, and every reason is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.eligibility import Answer, assess, may_keep
from domain.invoice import Invoice
from domain.money import Money
from domain.order import Order
from domain.policy import Policy
from domain.returns import Reason, RequestedLine
from tests.doubles.world import mug_invoice, mug_order

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = Policy()


def order(days: float = 6, **line: object) -> Order:
    mugs, pot = mug_order().lines
    delivered = NOW - timedelta(days=days)
    return mug_order(delivered_at=delivered, lines=(replace(mugs, **line), pot))  # type: ignore[arg-type]


def invoice(warranty: date | None = None) -> Invoice:
    plain = mug_invoice()
    return replace(plain, lines=(replace(plain.lines[0], warranty_until=warranty), *plain.lines[1:]))


def asked(quantity: int = 1, reason: Reason = Reason.CHANGED_MIND, line_id: str = "70011") -> RequestedLine:
    return RequestedLine(line_id, quantity, reason)


OLD, COMING = date(2026, 1, 1), date(2027, 1, 1)


@pytest.mark.parametrize(
    ("bought", "posted", "request_", "answer", "codes"),
    [
        (order(), invoice(), asked(3), Answer.ACCEPT, []),
        (order(30), invoice(), asked(), Answer.ACCEPT, []),
        (order(30.01), invoice(), asked(), Answer.REVIEW, ["just_late"]),
        (order(44), invoice(), asked(), Answer.REVIEW, ["just_late"]),
        (order(44.01), invoice(), asked(), Answer.REFUSE, ["window_over"]),
        (order(), invoice(), asked(4), Answer.REFUSE, ["more_than_bought"]),
        (order(), invoice(), asked(0), Answer.REFUSE, ["no_units"]),
        (order(), invoice(), asked(-1), Answer.REFUSE, ["no_units"]),
        (order(fulfilled=1), invoice(), asked(2), Answer.REFUSE, ["not_delivered"]),
        (order(returnable=1), invoice(), asked(2), Answer.REFUSE, ["already_returned"]),
        (order(), invoice(), asked(line_id="nope"), Answer.REFUSE, ["unknown_line"]),
        (order(), invoice(), asked(line_id="shipping"), Answer.REFUSE, ["unknown_line"]),
        (order(final_sale=True), invoice(), asked(), Answer.REFUSE, ["final_sale"]),
        (order(final_sale=True), invoice(), asked(reason=Reason.DEFECTIVE), Answer.REVIEW, ["final_sale_defect"]),
        (order(100), invoice(COMING), asked(reason=Reason.DEFECTIVE), Answer.ACCEPT, []),
        (order(100), invoice(OLD), asked(reason=Reason.DAMAGED), Answer.REFUSE, ["warranty_over"]),
        (order(100), invoice(), asked(reason=Reason.DEFECTIVE), Answer.REVIEW, ["warranty_unknown"]),
        (order(100), invoice(COMING), asked(), Answer.REFUSE, ["window_over"]),
        (
            order(100, final_sale=True),
            invoice(),
            asked(9),
            Answer.REFUSE,
            ["more_than_bought", "final_sale", "window_over"],
        ),
    ],
)
def test_a_request_is_judged(
    bought: Order, posted: Invoice, request_: RequestedLine, answer: Answer, codes: list[str]
) -> None:
    verdict = assess(bought, posted, (request_,), NOW, POLICY)
    assert (verdict.answer, [reason.code for reason in verdict.reasons]) == (answer, codes)


def test_one_refusal_outweighs_any_review_and_all_reasons_of_all_lines_are_kept() -> None:
    verdict = assess(order(35), invoice(), (asked(), asked(2, line_id="70012")), NOW, POLICY)
    assert verdict.answer is Answer.REFUSE
    assert [(reason.line_id, reason.code) for reason in verdict.reasons] == [
        ("70011", "just_late"),
        ("70012", "more_than_bought"),
        ("70012", "just_late"),
    ]


def test_a_request_names_each_line_once_and_at_least_one() -> None:
    assert [reason.code for reason in assess(order(), invoice(), (), NOW, POLICY).reasons] == ["nothing_asked"]
    verdict = assess(order(), invoice(), (asked(2), asked(2)), NOW, POLICY)
    assert [(reason.code, reason.line_id) for reason in verdict.reasons] == [("line_twice", "70011")]
    assert verdict.answer is Answer.REFUSE


def test_a_line_that_was_not_invoiced_is_refused_with_the_invoices_number() -> None:
    posted = replace(invoice(), lines=invoice().lines[1:])
    (reason,) = assess(order(), posted, (asked(),), NOW, POLICY).reasons
    assert reason.text == "line 70011 is not on the invoice INV5001; see the order for its lines"


@pytest.mark.parametrize(
    ("credit", "kept"),
    [
        (Money(999, "EUR"), True),
        (Money(1000, "EUR"), False),
        (Money(0, "EUR"), False),
        (Money(999, "JPY"), True),
        (Money(1000, "JPY"), False),
        (Money(1, "USD"), False),
    ],
)
def test_goods_are_kept_below_the_limit_of_the_credits_own_currency(credit: Money, kept: bool) -> None:
    assert may_keep(Policy(keep_item_below={"EUR": "10.00", "JPY": "1000"}), credit) is kept
    assert not may_keep(Policy(), credit)
