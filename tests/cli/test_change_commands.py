"""Asking for a change by the command line, and looking at what was answered."""

from __future__ import annotations

import json
from typing import Any

from tests.stack.desk import Desk

NOBODY = "R-9999-00000000"


def quoted(desk: Desk) -> str:
    body = json.dumps({"order_id": desk.order(), "lines": [{"line_id": "70011", "quantity": 3, "reason": "style"}]})
    return str(desk.answer("start", body)["return_id"])


def test_every_kind_is_asked_and_answered_and_shown(desk: Desk) -> None:
    return_id = quoted(desk)
    reason = desk.answer("change", return_id, "--reason", "too_small", "--by", "agent-7", "--key", "k1")
    assert (reason["kind"], reason["status"]) == ("reason", "accepted")
    assert desk.answer("change", return_id, "--reason", "too_small", "--by", "agent-7", "--key", "k1") == reason
    part = desk.answer("change", return_id, "--partial-refund", "8.00 EUR")
    assert part["sentence"] == "finance decides whether 8.00 EUR are refunded instead of 11.90 EUR"
    assert desk.say("change", return_id, "--note", "rings twice").out == "accepted: the note is with the return\n"
    shown = desk.say("status", return_id).out
    assert "partial refund 8.00 EUR (cli) pending: finance decides" in shown
    cancelled = desk.answer("change", return_id, "--cancel")
    assert cancelled["status"] == "accepted"
    desk.until(return_id, lambda now: now["stage"] == "withdrawn")
    told: list[dict[str, Any]] = desk.answer("changes", return_id)["changes"]
    assert [(one["request"]["kind"], one["status"]) for one in told] == [
        ("reason", "accepted"),
        ("partial_refund", "refused"),
        ("note", "accepted"),
        ("cancellation", "accepted"),
    ]
    assert [one.get("note") for one in told] == [None, None, "rings twice", None]
    lines = desk.say("changes", return_id).out
    assert "agent-7" in lines
    assert "rings twice" in lines


def test_a_refusal_is_an_answer_and_a_mistake_is_none(desk: Desk) -> None:
    return_id = quoted(desk)
    said = desk.say("change", return_id, "--reason", "bad vibes")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("refused: this reason is not known; known are changed_mind, ")
    for words in ((), ("--cancel", "--reason", "style")):
        assert desk.say("change", return_id, *words).code == 2
    assert "there is no return" in desk.say("change", NOBODY, "--cancel").err
    assert "there is no return" in desk.say("changes", NOBODY).err
    desk.say("withdraw", return_id)


def test_nothing_asked_is_said(desk: Desk) -> None:
    return_id = quoted(desk)
    assert desk.say("changes", return_id).out == "nothing was asked\n"
    desk.say("withdraw", return_id)
