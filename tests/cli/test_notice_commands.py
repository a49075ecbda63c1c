"""What customers are told, by the command line: previews, a check of all templates, what was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.notify.mail import composed
from adapters.notify.port import Message
from domain.notices import SUBJECTS, notice_key
from tests.notices.test_bounces import report
from tests.stack.desk import Desk


def test_a_notice_reads_with_a_returns_own_numbers(desk: Desk) -> None:
    answer = desk.quoted()
    shown = desk.say("notices", "preview", "confirmation", "--language", "de", "--return", answer["return_id"])
    assert shown.out.startswith(
        f"Subject: Ihre Rückgabe {answer['return_id']} ist bestätigt\n\nGuten Tag Alex Example,"
    )
    assert answer["quote"]["total"]["amount"].replace(".", ",") in shown.out
    assert desk.say("notices", "preview", "expired", "--html").out.startswith("<!DOCTYPE html>")
    assert (
        "there is no return R-9999-00000000"
        in desk.say("notices", "preview", "expired", "--return", "R-9999-00000000").sentence
    )
    assert "there is no notice 'hello'" in desk.say("notices", "preview", "hello").sentence


def test_all_templates_are_checked_also_ones_own(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.answer("notices", "list")["notices"] == list(SUBJECTS)
    assert desk.say("notices", "check").out == f"{len(SUBJECTS)} notices in de, en, fr: all render\n"
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "expired.txt").write_text("{{ nom }}")
    monkeypatch.setenv("BACKHAUL_NOTIFY__TEMPLATES", str(tmp_path))
    wrong = desk.say("notices", "check")
    assert (wrong.code, wrong.out) == (1, "notices/fr/expired.txt: 'nom' is undefined\n")
    monkeypatch.setenv("BACKHAUL_NOTIFY__LINK", "https://shop.example/{mail}")
    assert "no other braces" in desk.say("notices", "check").sentence


def test_a_report_that_came_back_is_taken_in_and_what_is_none_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    name = desk.authorized()
    while not desk.answer("notices", "sent", name)["notices"][0]["sent_at"]:
        pass
    sent = composed(Message(notice_key(name, "confirmation"), "a@example.test", "s", "t"), "returns@shop.example")
    (tmp_path / "report.eml").write_bytes(report(original=sent))
    taken = desk.say("notices", "bounce", str(tmp_path / "report.eml"))
    assert taken.out == f"confirmation of {name} did not reach its customer\n"
    assert "confirmation  given up: bounced: 5.1.1" in desk.say("notices", "sent", name).out
    assert desk.say("notices", "bounce", "-", stdin=b"Subject: hello\n\n").out.startswith("no report")
    assert "cannot be read" in desk.say("notices", "bounce", str(tmp_path / "none")).sentence


def test_what_was_sent_is_listed(desk: Desk) -> None:
    name = desk.authorized()
    while not (told := desk.answer("notices", "sent", name)["notices"])[0]["sent_at"]:
        pass
    assert [one["subject"] for one in told] == ["confirmation"]
    assert desk.say("notices", "sent", name).out.startswith("confirmation  20")
    assert "no dead letter" in desk.say("notices", "replay", name, "confirmation", "--by", "ida").sentence
