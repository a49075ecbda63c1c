"""`crm backfill`, `crm status`, `crm quality`, `crm reconcile` through the real command line."""

from __future__ import annotations

import time
from typing import Any

import pytest

from adapters.errors import Permanent
from tests.cli.test_crm_commands import FOREVER
from tests.stack.desk import Desk

ORG = {
    "BACKHAUL_CRM__MAIN__KIND": "salesforce",
    "BACKHAUL_CRM__MAIN__URL": "https://127.0.0.1:1",
    "BACKHAUL_CRM__MAIN__CLIENT_ID": "id",
    "BACKHAUL_CRM__MAIN__CLIENT_SECRET": "secret",
}


@pytest.fixture(autouse=True)
def an_org(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ORG.items():
        monkeypatch.setenv(name, value)


def until(desk: Desk, state: str) -> Any:
    while True:
        (found,) = desk.answer("crm", "backfill", "status", "main")["backfills"] or ({"state": ""},)
        if found["state"] == state:
            return found
        time.sleep(0.02)


def main_org(desk: Desk) -> Any:
    (found,) = desk.answer("crm", "status")["orgs"]
    return found


def test_a_backfill_tells_what_it_takes_starts_when_told_to_and_says_how_it_ended(desk: Desk) -> None:
    desk.world.fail("publish main", Permanent("crm", "publish", "no licence for ReturnOrder", "NO_LICENCE"), FOREVER)
    return_id = str(desk.quoted()["return_id"])
    desk.until(return_id, lambda now: any(state["parked"] for state in now["crm"]))
    before = main_org(desk)
    assert (before["dead_letters"], before["object"]) == (1, "ReturnOrder")
    assert before["coverage"][0]["open"]["coverage"] == 0.0
    assert before["attempts"][0]["causes"]["NO_LICENCE"] >= 1
    assert before["backfill"] is None

    said = desk.say("crm", "backfill", "main", "--dry-run")
    assert "1 returns with 1 lines" in said.out
    assert "this uses 38.0 % of the 100 calls left today (of 1000)" in said.out
    assert "say --yes" in desk.say("crm", "backfill", "main", "--json").err
    declined = desk.say("crm", "backfill", "main")
    assert (declined.code, "38.0 %" in declined.out) == (130, True)
    assert desk.answer("crm", "backfill", "status", "main") == {"backfills": []}

    assert desk.answer("crm", "backfill", "start", "main", "--yes")["started"]
    failed = until(desk, "failed")
    assert (failed["shown"], failed["refused"]) == (0, 1)
    desk.world.heal("publish main")
    desk.answer("crm", "backfill", "main", "--yes")
    assert until(desk, "done")["shown"] == 1
    after = main_org(desk)
    assert (after["dead_letters"], after["coverage"][0]["open"]["coverage"]) == (0, 1.0)
    assert after["attempts"][0]["causes"]["NO_LICENCE"] == before["attempts"][0]["causes"]["NO_LICENCE"] + 1
    text = desk.say("crm", "status").out
    assert "backfill done, 1 of about 1: 1 shown" in text
    assert "attempts failed" in text


def test_what_cannot_be_steered_is_refused_in_a_sentence(desk: Desk) -> None:
    assert "no backfill of main is under way" in desk.say("crm", "backfill", "pause", "main").sentence
    assert "there is no CRM org 'other'" in desk.say("crm", "backfill", "status", "other").sentence
    assert "there is no CRM org 'other'" in desk.say("crm", "reconcile", "other").sentence
    assert "'soon' is no pause" in desk.say("crm", "reconcile", "main", "--every", "soon").sentence
    assert "say an org" in desk.say("crm", "backfill", "stop", "main").sentence


def test_an_org_that_was_never_compared_says_so_and_is_scheduled(desk: Desk) -> None:
    assert desk.answer("crm", "reconcile", "main", "--last") == {"reconciliations": []}
    assert "is compared every 1h" in desk.say("crm", "reconcile", "main", "--every", "1h").out
    assert "no longer compared" in desk.say("crm", "reconcile", "main", "--every", "off").out


def test_the_scorecard_is_shown_without_any_value(desk: Desk) -> None:
    desk.quoted()
    found = desk.answer("crm", "quality")
    fields = {one["field"]: one for one in found["fields"]}
    assert fields["email"]["complete"] == fields["email"]["valid"] == 1.0
    assert "@" not in desk.say("crm", "quality").out
