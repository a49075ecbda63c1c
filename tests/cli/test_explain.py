"""`explain`: every number of a return from the invoice to the payout, read from the books alone."""

from __future__ import annotations

import json

import pytest

from tests.stack.desk import Desk

PARCEL = {"receipt_id": "P1", "lines": [{"line_id": "70011", "quantity": 2}]}
VERDICT = {"line_id": "70011", "quantity": 2, "disposition": "restock", "accepted": True}


@pytest.fixture
def second(desk: Desk) -> str:
    """Two of three mugs are on their way back; the third is another return's."""
    answer = desk.quoted(1)
    order_id = desk.answer("status", answer["return_id"])["order_id"]
    body = {"order_id": order_id, "lines": [{"line_id": "70011", "quantity": 2}], "idempotency_key": "other"}
    other = desk.answer("start", json.dumps(body))
    desk.confirm(other)
    desk.until(other["return_id"], lambda now: now["stage"] == "awaiting_goods")
    return str(other["return_id"])


def test_before_the_memo_posts_there_is_the_quote_beside_the_invoice_and_other_returns(desk: Desk, second: str) -> None:
    told = desk.answer("explain", second)
    (line,) = told["lines"]
    assert (line["line_id"], line["sku"], line["units"], line["of"]) == ("70011", "MUG-01", 2, 3)
    assert line["reason"] == "2 of 3 units, 1 with other returns"
    assert line["components"]["net"] == {
        "posted": "10.00", "other_returns": "3.33", "quote": "6.67", "credit_memo": None, "difference": "0.00",
    }  # fmt: skip
    assert told["credit_memo"] == {"number": "", "total": None}
    assert told["payout"] == {"total": None, "tenders": []}
    assert told["policies"] == ["the shipping charge is credited once every unit of the invoice is back"]


def test_after_the_end_quote_memo_and_payout_stand_side_by_side(desk: Desk, second: str) -> None:
    desk.answer("receive", second, json.dumps(PARCEL))
    desk.answer("inspect", second, json.dumps({"inspection_id": "I1", "verdicts": [VERDICT]}))
    desk.until(second, lambda now: now["stage"] == "closed")
    told = desk.answer("explain", second)
    assert told["quote"] == told["agreed"] == told["credit_memo"]["total"] == told["payout"]["total"] == "7.93"
    assert [part["amount"] for part in told["payout"]["tenders"]] == ["7.93"]
    sums = told["totals"]
    assert (
        sums["tax DE19"]["credit_memo"]
        == sums["tax DE19"]["quote"]
        == told["lines"][0]["components"]["tax DE19"]["quote"]
    )
    assert told["remarks"] == []
    lines = desk.say("explain", second).out.splitlines()
    assert lines[0].startswith(f"{second} of order ")
    assert any(line.startswith("quote 7.93 EUR, agreed 7.93 EUR, credit memo CM") for line in lines)


def test_a_return_that_is_not_there_is_told(desk: Desk) -> None:
    assert "there is no return R-9999-00000000" in desk.say("explain", "R-9999-00000000").sentence
    assert "return_id" in desk.say("explain", "nonsense").sentence


def test_a_refused_return_has_no_number_to_explain(desk: Desk) -> None:
    body = {"order_id": desk.order(), "lines": [{"line_id": "70011", "quantity": 4}]}
    refused = desk.answer("start", json.dumps(body))
    assert refused["decision"] == "refused"
    said = desk.say("explain", refused["return_id"])
    assert (said.code, "has no quote" in said.out) == (0, True)
    assert desk.answer("explain", refused["return_id"])["lines"] == []
