"""Every command about a return through the real command line: what it answers, and how it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import Permanent
from domain.money import Money
from tests.stack.desk import Desk

NOBODY = "R-9999-00000000"
DIGEST = "0" * 32
PARCEL = {"receipt_id": "P1", "lines": [{"line_id": "70011", "quantity": 3}]}
VERDICT = {"line_id": "70011", "quantity": 3, "disposition": "restock", "accepted": True}


def asking(**changes: Any) -> dict[str, Any]:
    return {"order_id": "5001", "lines": [{"line_id": "70011", "quantity": 1}]} | changes


def lined(**changes: Any) -> str:
    return json.dumps(asking(lines=[{"line_id": "70011", "quantity": 1} | changes]))


def judged(**changes: Any) -> str:
    return json.dumps({"inspection_id": "I1", "verdicts": [VERDICT | changes]})


def parcel(*lines: dict[str, Any], **changes: Any) -> str:
    return json.dumps({"receipt_id": "P1", "lines": list(lines)} | changes)


def test_a_return_goes_all_the_way_by_commands(desk: Desk) -> None:
    answer = desk.quoted()
    return_id = answer["return_id"]
    assert answer["quote"]["total"] == {"amount": "11.90", "currency": "EUR"}
    assert desk.confirm(answer)["return_id"] == return_id
    desk.until(return_id, lambda now: now["stage"] == "awaiting_goods")
    assert desk.say("track", return_id, "TRK-1", "--status", "delivered").out == f"{return_id}: TRK-1 delivered\n"
    assert desk.answer("receive", return_id, json.dumps(PARCEL))["stage"] == "pending_inspection"
    desk.answer("inspect", return_id, judged())
    end = desk.until(return_id, lambda now: now["stage"] == "closed")
    assert end["matched"]
    assert end["credited"] == end["payout"]["tenders"][0]["amount"] == {"amount": "11.90", "currency": "EUR"}
    assert end["tracking"] == ["TRK-1"]
    told = desk.answer("timeline", return_id)
    kinds = [event["kind"] for event in told["timeline"]]
    assert kinds[0] == "requested"
    assert {"confirmed", "received", "inspected", "credited", "paid", "closed"} <= set(kinds)
    assert [found["return_id"] for found in desk.answer("list", return_id)["returns"]] == [return_id]


def test_people_get_lines_with_what_to_do_next(desk: Desk) -> None:
    body = json.dumps({"order_id": desk.order(), "lines": [{"line_id": "70011", "quantity": 3, "reason": "style"}]})
    lines = desk.say("start", body).out.splitlines()
    assert lines[0].endswith(": quoted")
    assert any(line.startswith("credit 11.90 EUR, open until ") for line in lines)
    words = lines[-1].removeprefix("to confirm: ").split()
    said = desk.say(*words)
    assert (said.code, said.err) == (0, "")
    return_id = words[1]
    desk.until(return_id, lambda now: now["stage"] == "awaiting_goods")
    shown = desk.say("status", return_id).out
    assert "quote 11.90 EUR, agreed 11.90 EUR, credit memo -, payout -" in shown
    assert "3 x line 70011: awaiting, pending" in shown
    assert "waits for the parcel until " in shown
    assert "the customer confirmed 11.90 EUR" in desk.say("timeline", return_id).out
    assert return_id in desk.say("list", "--stage", "awaiting_goods").out


def test_the_same_request_is_the_same_return_and_another_key_is_another(desk: Desk) -> None:
    body = json.dumps({"order_id": desk.order(), "lines": [{"line_id": "70011", "quantity": 1}]})
    first = desk.answer("start", body)
    assert desk.answer("start", body) == first
    other = desk.answer("start", body, "--key", "click-2")
    assert other["return_id"] != first["return_id"]
    more = body.replace('"quantity": 1', '"quantity": 2')
    assert desk.say("start", more, "--key", "click-2").sentence.startswith("idempotency_key: came with another message")


def test_one_key_for_two_kinds_of_message_is_two_messages(desk: Desk) -> None:
    body = json.dumps({"order_id": desk.order(), "lines": [{"line_id": "70011", "quantity": 1}]})
    answer = desk.answer("start", body, "--key", "same")
    ack = desk.answer("withdraw", answer["return_id"], "--key", "same", "--reason", "changed my mind")
    assert ack["note"] == "what was done is being undone"
    desk.until(answer["return_id"], lambda now: now["stage"] == "withdrawn")
    again = desk.answer("withdraw", answer["return_id"], "--key", "same", "--reason", "changed my mind")
    assert again == ack


def test_a_request_the_shop_cannot_take_is_answered_with_its_reasons(desk: Desk) -> None:
    answer = desk.answer("start", json.dumps(asking(order_id="404")))
    assert answer["decision"] == "refused"
    assert answer["reasons"]
    assert desk.say("start", json.dumps(asking(order_id="404"))).code == 0


def test_a_lost_parcel_is_a_hold_that_support_decides(desk: Desk) -> None:
    return_id = desk.authorized()
    desk.answer("lost", return_id, "--tracking", "TRK-9")
    desk.until(return_id, lambda now: bool(now["holds"]))
    (hold,) = [one for one in desk.answer("holds")["holds"] if one["return_id"] == return_id]
    assert (hold["owner"], hold["reason"], hold["choices"]) == ("support", "parcel_lost", ["credit", "no_credit"])
    assert "credit | no_credit" in desk.say("holds", "--owner", "support").out
    assert desk.say("holds", "--owner", "finance").out == "nothing is on hold\n"
    words = ("resolve", return_id)
    assert desk.say(*words, "H7", "credit", "--by", "maria").sentence == "hold_id: 'H7' is not open on this return"
    refused = desk.say(*words, hold["hold_id"], "maybe", "--by", "maria").sentence
    assert refused == "choice: 'maybe' is not one of credit, no_credit"
    desk.answer(*words, hold["hold_id"], "credit", "--by", "maria")
    assert desk.until(return_id, lambda now: now["stage"] == "closed")["credited"]["amount"] == "11.90"


def test_money_settled_by_hand_needs_a_note_and_is_shown_with_it(desk: Desk) -> None:
    answer = desk.quoted()
    return_id = answer["return_id"]
    order_id = desk.answer("status", return_id)["order_id"]
    card = desk.world.orders[order_id].tenders[0]
    left = replace(card, refunded=Money(card.captured.minor - 100, "EUR"))
    desk.world.orders[order_id] = replace(desk.world.orders[order_id], tenders=(left,))
    desk.confirm(answer)
    desk.until(return_id, lambda now: now["stage"] == "awaiting_goods")
    desk.answer("receive", return_id, json.dumps(PARCEL))
    desk.answer("inspect", return_id, judged())
    desk.until(return_id, lambda now: now["holds"])
    words = ("resolve", return_id, "H1", "pay_rest_by_hand", "--by", "maria")
    assert desk.say(*words).sentence.startswith("note: pay_rest_by_hand is a decision about money")
    desk.answer(*words, "--note", "transfer 4711")
    end = desk.until(return_id, lambda now: now["stage"] == "closed")
    assert [(part["kind"], part["amount"]["amount"], part["reference"]) for part in end["payout"]["tenders"]] == [
        ("card", "1.00", ""),
        ("by_hand", "10.90", "transfer 4711"),
    ]
    shown = desk.say("status", return_id).out
    assert "pay_rest_by_hand by maria, 10.90 EUR: " in shown
    assert "(transfer 4711)" in shown
    assert "hold H1: pay_rest_by_hand (transfer 4711)" in desk.say("timeline", return_id).out


def test_what_nobody_knows_who_asked_for_is_granted_by_two(desk: Desk) -> None:
    return_id = str(desk.quoted()["return_id"])
    desk.answer("change", return_id, "--partial-refund", "3.00 EUR")
    grant = ("resolve", return_id, "H1", "grant", "--by", "maria")
    assert desk.say(*grant).sentence.startswith("note: grant is a decision about money")
    assert "(proposed as P1; it waits for a second person in finance)" in desk.say(*grant, "--note", "worn").out
    waits = "P1 waits for a second person in finance: grant over 8.90 EUR by maria since "
    assert waits in desk.say("status", return_id).out
    assert waits in desk.say("holds", "--owner", "finance").out
    approve = ("approve", return_id, "H1", "P1", "--by")
    own = desk.say(*approve, " Maria").sentence
    assert own == "by: must be printable text without spaces around it"
    own = desk.say(*approve, "Maria").sentence
    assert own == "Maria proposed P1: another person with the role finance must approve it"
    assert desk.say("take-back", return_id, "H1", "P1", "--by", "jo").sentence.startswith("P1 is maria's to take back")
    desk.answer("reject", return_id, "H1", "P1", "--by", "jo")
    desk.answer(*grant, "--note", "worn at the rim")
    desk.answer("approve", return_id, "H1", "P2", "--by", "jo")
    desk.until(return_id, lambda now: now["by_hand"])
    assert "grant by maria, approved by jo, -8.90 EUR: " in desk.say("status", return_id).out


def test_what_a_crm_refuses_for_good_is_a_dead_letter_that_can_be_seen(desk: Desk) -> None:
    refusal = Permanent("crm", "publish", "no licence for ReturnOrder")
    # Often enough for returns of other tests that are still being published.
    desk.world.fail("publish main", refusal, times=50)
    return_id = str(desk.quoted()["return_id"])
    desk.until(return_id, lambda now: any(state["parked"] for state in now["crm"]))
    desk.world.heal("publish main")
    (letter,) = [one for one in desk.answer("dead-letters")["dead_letters"] if one["return_id"] == return_id]
    assert (letter["lane"], letter["subject"], letter["reason"]) == ("crm:main", "quoted", str(refusal))
    assert return_id in desk.say("dead-letters").out


def test_a_lowered_credit_is_disputed_and_then_accepted(desk: Desk) -> None:
    return_id = desk.authorized()
    desk.answer("receive", return_id, json.dumps(PARCEL))
    desk.answer("inspect", return_id, judged(value_fraction="0.5", disposition="refurbish"))
    asked = desk.until(return_id, lambda now: now["stage"] == "awaiting_consent")
    digest = asked["quote"]["digest"]
    assert desk.say("consent", return_id, "perhaps", "--digest", digest).sentence.startswith("answer: 'perhaps' is not")
    assert desk.say("consent", return_id, "accept", "--digest", DIGEST).sentence.startswith("digest: the open quote is")
    desk.answer("consent", return_id, "accept", "--digest", digest)
    late = desk.say("consent", return_id, "dispute", "--digest", digest)
    assert late.code == 2, "the first answer must not stand for another one"
    assert desk.until(return_id, lambda now: now["stage"] == "closed")["credited"]["amount"] == "5.95"


@pytest.mark.parametrize(
    "words",
    [
        ("confirm", NOBODY, "--digest", DIGEST, "--amount", "1.00", "--currency", "EUR"),
        ("withdraw", NOBODY),
        ("receive", NOBODY, json.dumps(PARCEL)),
        ("inspect", NOBODY, judged()),
        ("consent", NOBODY, "accept", "--digest", DIGEST),
        ("lost", NOBODY),
        ("track", NOBODY, "TRK-1"),
        ("timeline", NOBODY),
        ("status", NOBODY),
        ("resolve", NOBODY, "H1", "retry", "--by", "maria"),
    ],
    ids=lambda words: words[0],
)
def test_an_unknown_return_is_told(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.say(*words).sentence == f"there is no return {NOBODY}; a search shows those there are"
    said = desk.say(*words, "--json")
    assert said.code == 2
    assert json.loads(said.err)["error"].startswith("there is no return")


@pytest.mark.parametrize("return_id", ["r-1", "", "R", "R-1\n", "R-1 OR 1=1", "return:R-1-AB", "R-" + "9" * 60, "../x"])
def test_what_is_no_return_id_is_told(desk: Desk, return_id: str) -> None:
    for words in (("status", return_id), ("receive", return_id, json.dumps(PARCEL)), ("timeline", return_id)):
        assert "return_id: " in desk.say(*words).sentence


def test_a_message_at_the_wrong_moment_changes_nothing(desk: Desk) -> None:
    answer = desk.quoted()
    return_id = answer["return_id"]
    before = desk.answer("status", return_id)
    for words in (
        ("receive", return_id, json.dumps(PARCEL)),
        ("inspect", return_id, judged()),
        ("consent", return_id, "accept", "--digest", answer["quote"]["digest"]),
        ("lost", return_id),
        ("resolve", return_id, "H1", "retry", "--by", "maria"),
    ):
        assert desk.say(*words).sentence
    after = desk.answer("status", return_id)
    assert [after[name] for name in ("stage", "lots", "receipts", "holds")] == [
        before[name] for name in ("stage", "lots", "receipts", "holds")
    ]


def test_a_closed_return_takes_nothing_more_but_still_answers_the_first_request(desk: Desk) -> None:
    body = json.dumps({"order_id": desk.order(), "lines": [{"line_id": "70011", "quantity": 1}]})
    answer = desk.answer("start", body)
    return_id = answer["return_id"]
    desk.answer("withdraw", return_id)
    desk.until(return_id, lambda now: now["stage"] == "withdrawn")
    assert "withdrawn" in desk.say("receive", return_id, json.dumps(PARCEL)).sentence
    assert desk.answer("start", body)["quote"] == answer["quote"]


@pytest.mark.parametrize(
    ("amount", "currency", "says"),
    [
        ("11.89", "EUR", "amount: the open quote is 11.90 EUR, not 11.89 EUR"),
        ("11.90", "USD", "amount: the open quote is 11.90 EUR, not 11.90 USD"),
        ("11.901", "EUR", "amount: '11.901' has more decimals than EUR allows (2)"),
        ("11,90", "EUR", "amount: '11,90' is not an amount"),
        ("1e1", "EUR", "amount: '1e1' is not an amount"),
        ("-11.90", "EUR", "amount: the open quote is 11.90 EUR"),
        ("NaN", "EUR", "amount: 'NaN' is not an amount"),
        ("", "EUR", "amount: '' is not an amount"),
        ("9" * 40, "EUR", "amount: "),
        ("11.90", "eur", "currency: 'eur' is not an ISO 4217 code"),
        ("11.90", "", "currency: '' is not an ISO 4217 code"),
    ],
)
def test_only_the_amount_that_was_shown_can_be_confirmed(desk: Desk, amount: str, currency: str, says: str) -> None:
    answer = desk.quoted()
    words = ("--digest", answer["quote"]["digest"], f"--amount={amount}", f"--currency={currency}")
    assert desk.say("confirm", answer["return_id"], *words).sentence.startswith(says)
    assert desk.answer("status", answer["return_id"])["stage"] == "quoted"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (lined(quantity=0), "lines.0.quantity: must be greater than 0"),
        (lined(quantity=-1), "lines.0.quantity: must be greater than 0"),
        (lined(quantity=10**30), "lines.0.quantity: must be less than or equal to 1000000"),
        (lined(quantity=1.5), "lines.0.quantity: must be a whole number"),
        (lined(quantity=1.0), "lines.0.quantity: must be a whole number"),
        (lined(quantity="1"), "lines.0.quantity: must be a valid integer"),
        (lined(quantity=True), "lines.0.quantity: must be a valid integer"),
        (lined(quantity=None), "lines.0.quantity: must be a valid integer"),
        (lined(line_id=70011), "lines.0.line_id: must be text in quotes, not a number"),
        (lined(line_id=""), "lines.0.line_id: must have at least 1 character"),
        (lined(line_id="a b"), "lines.0.line_id: must match pattern"),
        (lined(reason="bored"), "lines.0.reason: must be 'changed_mind'"),
        (lined(price="1.00"), "lines.0.price: is not a known field"),
        (json.dumps(asking(lines=[])), "lines: "),
        (json.dumps(asking(lines={})), "lines: must be a valid list"),
        (json.dumps(asking(lines=[1])), "lines.0: "),
        (json.dumps(asking(lines=[{"line_id": "1", "quantity": 1}] * 2)), "lines.1: says the same as lines.0"),
        (json.dumps(asking(order_id=5001)), "order_id: must be text in quotes, not a number"),
        (json.dumps(asking(order_id="gid://shopify/Order/1")), "order_id: must match pattern"),
        (json.dumps(asking(order_id="9" * 40)), "order_id: must have at most 28 characters"),
        (json.dumps(asking(note="x")), "note: is not a known field"),
        (json.dumps(asking(idempotency_key="a b")), "idempotency_key: must match pattern"),
        (json.dumps({"order_id": "5001"}), "lines: is missing"),
        ("{}", "order_id: is missing; lines: is missing"),
        ("[]", "body: must be a JSON object"),
        ('{"order_id": "5001"', "body: is not JSON at line 1, column 20"),
        ('{"order_id": NaN}', "body: NaN is not a number JSON has"),
        ('{"order_id": "1", "order_id": "2"}', "body: order_id is given twice in one object"),
        ('{"order_id": ' + "9" * 5000 + "}", "body: Exceeds the limit (4300 digits) for integer string conversion"),
        ("[" * 100_000, "body: is nested too deeply"),
        ('{"order_id": "5001\\ud800"}', "order_id: "),
        ("no such file", "body: 'no such file' is neither JSON nor a file that can be read (No such file"),
        (".", "body: '.' is neither JSON nor a file that can be read (Is a directory)"),
        ("x" * 5000, "body: '" + "x" * 80 + "…' is neither JSON nor a file"),
    ],
)
def test_a_wrong_request_is_told_by_field_and_starts_nothing(desk: Desk, body: str, says: str) -> None:
    assert desk.say("start", body).sentence.startswith(says)
    assert desk.answer("list", "--order", "5001")["returns"] == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty; it must be a JSON object"),
        (b" \n", "is empty; it must be a JSON object"),
        (b"<!DOCTYPE html><html></html>", "is not JSON at line 1, column 1"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "is not UTF-8 text (byte 0)"),
        (b"\xff\xfe{\x00}\x00", "is not UTF-8 text"),
        (b'{"a": 1}' * 200_000, "is larger than 1048576 bytes"),
    ],
)
def test_a_file_or_standard_input_that_is_no_json_is_told(
    desk: Desk, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "body.json"
    path.write_bytes(content)
    assert desk.say("start", str(path)).sentence.startswith(f"{path}: {says}")
    assert desk.say("start", "-", stdin=content).sentence.startswith(f"standard input: {says}")


def test_a_file_and_standard_input_are_read(desk: Desk, tmp_path: Path) -> None:
    body = json.dumps({"order_id": desk.order(), "lines": [{"line_id": "70011", "quantity": 1}]}).encode()
    path = tmp_path / "body.json"
    path.write_bytes(b"\xef\xbb\xbf" + body)
    first = desk.answer("start", str(path))
    assert first["decision"] == "quoted"
    said = desk.say("start", "-", "--json", stdin=body)
    assert said.document == first


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (parcel(), "lines: "),
        (parcel({"quantity": 1}), "lines.0: give line_id or sku"),
        (parcel({"line_id": "1", "quantity": 0}), "lines.0.quantity: must be greater than 0"),
        (parcel({"sku": "A\0B", "quantity": 1}), "lines.0.sku: must be printable text"),
        (parcel({"sku": " ", "quantity": 1}), "lines.0.sku: must be printable text"),
        (parcel({"line_id": "1", "quantity": 2, "serial": "S1"}), "lines.0.quantity: a serial number names one unit"),
        (parcel(*[{"line_id": "1", "quantity": 1}] * 2), "lines.1: says the same as lines.0"),
        (parcel({"line_id": "1", "quantity": 1}, receipt_id=""), "receipt_id: must have at least 1 character"),
        (parcel({"line_id": "1", "quantity": 1}, tracking="a b"), "tracking: must match pattern"),
    ],
)
def test_a_wrong_receipt_is_told_by_field_and_books_nothing(desk: Desk, body: str, says: str) -> None:
    return_id = _waiting(desk)
    assert desk.say("receive", return_id, body).sentence.startswith(says)
    assert desk.answer("status", return_id)["receipts"] == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (judged(disposition="burn"), "verdicts.0.disposition: must be 'restock'"),
        (judged(accepted="yes"), "verdicts.0.accepted: must be a valid boolean"),
        (judged(accepted=1), "verdicts.0.accepted: must be a valid boolean"),
        (judged(value_fraction=0.5), "verdicts.0.value_fraction: must be text in quotes, not a number"),
        (judged(value_fraction="1.1"), "verdicts.0.value_fraction: must match pattern"),
        (judged(value_fraction="0.1234567"), "verdicts.0.value_fraction: must match pattern"),
        (judged(value_fraction="-0.5"), "verdicts.0.value_fraction: must match pattern"),
        (judged(value_fraction="NaN"), "verdicts.0.value_fraction: must match pattern"),
        (judged(value_fraction="1E-9999999"), "verdicts.0.value_fraction: must match pattern"),
        (judged(note="a\0b"), "verdicts.0.note: must not contain control characters"),
        (judged(photos=["x"] * 21), "verdicts.0.photos: "),
        (judged(photos="x"), "verdicts.0.photos: must be a valid list"),
        (json.dumps({"inspection_id": "I1", "verdicts": [VERDICT] * 2}), "verdicts.1: says the same as verdicts.0"),
        (judged(), "a return that is awaiting_goods has nothing to inspect"),
    ],
)
def test_a_wrong_inspection_is_told_by_field(desk: Desk, body: str, says: str) -> None:
    assert desk.say("inspect", _waiting(desk), body).sentence.startswith(says)


@pytest.mark.parametrize(
    "words",
    [
        ("track", "T R K"),
        ("track", "TRK-1", "--status", "in transit"),
        ("lost", "--tracking", "a b"),
        ("resolve", "1", "retry", "--by", "maria"),
        ("resolve", "H1", "RETRY!", "--by", "maria"),
        ("resolve", "H1", "retry", "--by", " "),
        ("resolve", "H1", "retry", "--by", "maria", "--note", "a\x1bb"),
        ("resolve", "H1", "retry", "--by", "maria", "--note", "x" * 501),
        ("withdraw", "--reason", "x" * 501),
        ("withdraw", "--reason", "a\x1bb"),
        ("withdraw", "--reason", "a\udcffb"),
        ("withdraw", "--key", "a b"),
        ("consent", "accept", "--digest", "abc"),
    ],
)
def test_words_that_cannot_be_kept_are_refused(desk: Desk, words: tuple[str, ...]) -> None:
    command, *rest = words
    return_id = _waiting(desk)
    assert ": " in desk.say(command, return_id, *rest).sentence
    assert desk.answer("status", return_id)["stage"] == "awaiting_goods"


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--older-than", "1000000000000"),
        ("list", "--older-than", "-1"),
        ("list", "--limit", "0"),
        ("list", "--limit", "501"),
        ("list", "--stage", "lost"),
        ("list", "--cursor", "x"),
        ("list", "--email", "\udcff"),
        ("holds", "--owner", "nobody"),
        ("holds", "--cursor", "x"),
        ("confirm", "R-1-AB"),
        ("resolve", "R-1-AB", "H1", "retry"),
        ("start",),
    ],
)
def test_wrong_options_are_refused(desk: Desk, words: tuple[str, ...]) -> None:
    said = desk.say(*words)
    assert said.code == 2, said
    assert said.out == ""
    assert "Traceback" not in said.err


def test_a_search_pages_and_finds_nothing_politely(desk: Desk) -> None:
    _waiting(desk)
    desk.quoted()
    page = desk.answer("list", "--limit", "1")
    again = desk.answer("list", "--limit", "1", "--cursor", page["cursor"])
    assert page["returns"][0]["return_id"] != again["returns"][0]["return_id"]
    assert f"more: --cursor {page['cursor']}" in desk.say("list", "--limit", "1").out
    assert desk.say("list", "nothing like this").out == "no return fits\n"
    assert desk.answer("list", "--older-than", "36500") == {"returns": [], "cursor": None}


def _waiting(desk: Desk) -> str:
    """One return for all tests that must not change it."""
    found = desk.answer("list", "--stage", "awaiting_goods", "--sku", "MUG-01")["returns"]
    return str(found[0]["return_id"]) if found else desk.authorized()
