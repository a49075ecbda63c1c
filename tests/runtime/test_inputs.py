"""What callers may say: the message that is made of it, and the keys that make a repeat the same message."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import ids
from domain.errors import BadInput
from domain.inventory import Disposition
from domain.money import Money
from domain.returns import Reason, RequestedLine
from domain.units import FULL_VALUE, Verdict
from runtime import inputs
from runtime.reading import parsed, read_json
from workflows import messages as m

DIGEST = "0f" * 16
MUG = {"line_id": "70011", "quantity": 2, "reason": "style"}
POT = {"line_id": "70012", "quantity": 1}


def started(*lines: dict[str, Any], **more: Any) -> m.StartReturn:
    return parsed(inputs.StartInput, {"order_id": "5001", "lines": list(lines)} | more).message()


def test_a_request_is_a_message_with_an_id_of_order_and_key() -> None:
    start = started(MUG, POT, idempotency_key="click-1")
    assert start == m.StartReturn(
        ids.return_id("5001", "click-1"),
        "5001",
        (RequestedLine("70011", 2, Reason.STYLE), RequestedLine("70012", 1, Reason.OTHER)),
        "click-1",
    )


def test_without_a_key_the_content_is_the_key_in_whatever_order_it_comes() -> None:
    assert started(MUG, POT).return_id == started(POT, MUG).return_id
    others = [started(MUG), started(MUG, POT | {"quantity": 2}), started(MUG | {"reason": "other"}, POT)]
    assert len({started(MUG, POT).key, *(other.key for other in others)}) == 4


@given(
    order_id=st.from_regex(r"[A-Z0-9-]{1,28}", fullmatch=True),
    key=st.none() | st.from_regex(r"[\x21-\x7e]{1,128}", fullmatch=True),
)
def test_every_order_and_key_that_is_taken_makes_ids_the_engine_takes(order_id: str, key: str | None) -> None:
    start = started(MUG, order_id=order_id, idempotency_key=key)
    assert ids.check_return_id(start.return_id) == start.return_id
    assert ids.check_key(start.key) == start.key


def test_a_confirmation_is_of_one_digest_and_one_amount() -> None:
    body = {"digest": DIGEST, "amount": "11.9", "currency": "EUR"}
    message = parsed(inputs.ConfirmInput, body).message()
    assert (message.digest, message.amount) == (DIGEST, Money(1190, "EUR"))
    assert message.key == parsed(inputs.ConfirmInput, body | {"amount": "11.90"}).message().key
    assert message.key != parsed(inputs.ConfirmInput, body | {"amount": "11.91"}).message().key
    assert parsed(inputs.ConfirmInput, body | {"idempotency_key": "k"}).message().key == "k"


def test_a_receipt_keeps_what_the_warehouse_saw() -> None:
    lines = [{"line_id": "1", "quantity": 2}, {"sku": "MUG-01", "quantity": 1, "serial": "S 1"}]
    message = parsed(inputs.ReceiptInput, {"receipt_id": "P1", "lines": lines, "tracking": "T1"}).message()
    assert message == m.Receipt("P1", (m.ReceiptLine(2, "1"), m.ReceiptLine(1, None, "MUG-01", "S 1")), "T1")


def test_units_of_one_line_may_come_with_different_serials() -> None:
    lines = [{"line_id": "1", "quantity": 1, "serial": serial} for serial in ("S1", "S2")]
    assert len(parsed(inputs.ReceiptInput, {"receipt_id": "P1", "lines": lines}).message().lines) == 2
    with pytest.raises(BadInput, match=r"^lines\.1: says the same as lines\.0"):
        parsed(inputs.ReceiptInput, {"receipt_id": "P1", "lines": lines[:1] * 2}).message()


@pytest.mark.parametrize(
    ("fraction", "value"),
    [("0", 0), ("1", FULL_VALUE), ("1.000000", FULL_VALUE), ("0.5", 500_000), ("0.3333", 333_300), ("0.000001", 1)],
)
def test_a_verdict_has_its_value_in_millionths(fraction: str, value: int) -> None:
    given = {"line_id": "1", "quantity": 2, "disposition": "scrap", "accepted": True, "value_fraction": fraction}
    message = parsed(inputs.InspectionInput, {"inspection_id": "I1", "verdicts": [given]}).message()
    assert message.verdicts == (Verdict("1", 2, Disposition.SCRAP, True, value),)


@given(st.text(max_size=12) | st.decimals(allow_nan=True).map(str) | st.floats().map(str))
def test_a_value_is_exact_or_refused(fraction: str) -> None:
    given = {"line_id": "1", "quantity": 1, "disposition": "scrap", "accepted": True, "value_fraction": fraction}
    try:
        verdict = parsed(inputs.VerdictInput, given).verdict()
    except BadInput:
        return
    assert Decimal(fraction) * FULL_VALUE == verdict.value


@pytest.mark.parametrize(
    ("model", "body", "first", "second"),
    [
        (inputs.WithdrawInput, {}, {"reason": "a"}, None),
        (inputs.LostInput, {}, {}, {"tracking": "T2"}),
        (inputs.ConsentInput, {"digest": DIGEST}, {"answer": "accept"}, {"answer": "dispute"}),
        (inputs.ResolveInput, {"by": "maria", "hold_id": "H1"}, {"choice": "retry"}, {"choice": "refuse"}),
    ],
)
def test_without_a_key_another_answer_is_another_message(
    model: Any, body: dict[str, Any], first: dict[str, Any], second: dict[str, Any] | None
) -> None:
    one = parsed(model, body | first).message().key
    assert ids.check_key(one) == parsed(model, body | first).message().key
    if second is not None:
        assert one != parsed(model, body | second).message().key


def test_tracking_news_are_short_words() -> None:
    assert parsed(inputs.TrackInput, {"number": "1Z/999"}).message() == m.Tracking("1Z/999", "in_transit")


def test_many_faults_are_told_up_to_a_point() -> None:
    with pytest.raises(BadInput) as caught:
        started(*[{"line_id": "", "quantity": 0}] * 100)
    assert caught.value.field == "lines.0.line_id"
    assert str(caught.value).endswith("; and 195 more")
    assert len(str(caught.value)) < 500


def test_a_field_nobody_knows_is_named_on_one_line() -> None:
    with pytest.raises(BadInput) as caught:
        started(MUG, **{"a\nb" + "x" * 500: 1})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 120


def test_json_is_read_as_it_was_written() -> None:
    assert read_json('\ufeff{"a": "ü", "b": [1, true, null]}'.encode(), "body") == {"a": "ü", "b": [1, True, None]}
    number = read_json(b'{"a": 0.1}', "body")["a"]
    assert (type(number), number) == (Decimal, Decimal("0.1"))
