"""The privacy officer at the command line: who is meant is shown and asked about, and every request can be followed."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from domain.order import Contact
from tests.stack.desk import Desk

_NUMBERS = count(7_700_001)
WHY = ("--by", "petra", "--why", "by letter")


def customer(desk: Desk) -> tuple[str, str]:
    """A customer with an open return: their number, and the return's id."""
    number = str(next(_NUMBERS))
    desk.world.contact = Contact(f"Person {number}", f"person-{number}@example.test", number, None)
    body = json.dumps({"order_id": desk.order(), "lines": [{"line_id": "70011", "quantity": 1}]})
    return number, str(desk.answer("start", body)["return_id"])


def until(desk: Desk, request_id: str, state: str) -> Any:
    """What never comes is ended by the test's own time limit."""
    while (found := desk.answer("privacy", "show", request_id))["state"] != state:
        pass
    return found


def test_a_person_is_erased_when_the_last_return_is_over(desk: Desk) -> None:
    number, return_id = customer(desk)
    asked = desk.answer("privacy", "erase", "--customer", number, *WHY, "--yes")
    while not (waiting := until(desk, asked["request_id"], "waiting"))["waits_for"]:
        pass
    assert waiting["waits_for"] == [return_id]
    assert return_id in desk.say("privacy", "list").out
    assert "answered by" in desk.say("privacy", "show", asked["request_id"]).out
    desk.answer("withdraw", return_id)
    desk.answer("privacy", "again", asked["request_id"])
    until(desk, asked["request_id"], "done")
    told = desk.say("privacy", "show", asked["request_id"]).out
    assert f"returns: {return_id}" in told
    assert "books: " in told
    assert number not in told
    assert "nothing is kept here" in desk.say("privacy", "export", "--customer", number, *WHY).sentence
    assert "there is nothing left to do" in desk.say("privacy", "again", asked["request_id"]).sentence


def test_what_is_kept_of_a_person_is_one_document(desk: Desk) -> None:
    number, return_id = customer(desk)
    told = desk.answer("privacy", "export", "--email", f"person-{number}@example.test", *WHY)
    assert [one["name"] for one in told["contacts"]] == [f"Person {number}"]
    assert [one["return_id"] for one in told["returns"]] == [return_id]
    short = desk.say("privacy", "export", "--customer", number, *WHY).out
    assert "contacts" in short
    assert "Person" not in short


def test_nobody_is_erased_by_a_slip(desk: Desk) -> None:
    number, _ = customer(desk)
    erase = ("privacy", "erase", "--customer", number)
    assert "say --yes" in json.loads(desk.say(*erase, *WHY, "--json").err)["error"]
    assert desk.say(*erase, *WHY, stdin=b"n\n").code == 130
    assert "why: must say" in desk.say(*erase, "--by", "petra", "--why", " ", "--yes").sentence
    assert "one of both" in desk.say("privacy", "erase", *WHY).sentence
    assert desk.answer("privacy", "export", "--customer", number, *WHY)["contacts"]


def test_a_request_that_waits_can_be_taken_back(desk: Desk) -> None:
    number, _ = customer(desk)
    asked = desk.answer("privacy", "erase", "--customer", number, *WHY, "--yes")
    assert desk.answer("privacy", "withdraw", asked["request_id"], "--by", "petra")["state"] == "withdrawn"
    assert desk.answer("privacy", "export", "--customer", number, *WHY)["contacts"]
    assert "there is no erasure" in desk.say("privacy", "show", "E-000000000000").sentence
    assert "is not the id of an erasure" in desk.say("privacy", "show", "E-1").sentence
