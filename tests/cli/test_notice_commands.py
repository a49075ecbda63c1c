"""What customers are told, by the command line: previews, a check of all templates, what was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.notices import SUBJECTS
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


def test_what_was_sent_is_listed(desk: Desk) -> None:
    name = desk.authorized()
    while not (told := desk.answer("notices", "sent", name)["notices"])[0]["sent_at"]:
        pass
    assert [one["subject"] for one in told] == ["confirmation"]
    assert desk.say("notices", "sent", name).out.startswith("confirmation  20")
    assert "no dead letter" in desk.say("notices", "replay", name, "confirmation", "--by", "ida").sentence
