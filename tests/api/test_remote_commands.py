"""Commands with --url ask the API, and say the same as without."""

from __future__ import annotations

import json

import pytest

from client import Backhaul
from security.roles import Role
from tests.api.office import KEYS, Office, variables
from tests.stack.desk import Desk
from tests.stack.settings import LEAST

PARCEL = {"receipt_id": "P1", "lines": [{"line_id": "70011", "quantity": 2}]}
VERDICT = {"line_id": "70011", "quantity": 2, "disposition": "restock", "accepted": True, "value_fraction": "0.5"}


class Far:
    """The office's desk, spoken to over its API by one role."""

    def __init__(self, desk: Desk, database: str, address: str, patched: pytest.MonkeyPatch) -> None:
        self.desk, self.database, self._address, self._patched = desk, database, address, patched

    def by(self, role: Role, *words: str) -> object:
        self._patched.setenv("BACKHAUL_API_KEY", KEYS[role])
        return self.desk.answer(*words, "--url", self._address)


@pytest.fixture
def far(staff: Office, address: str, monkeypatch: pytest.MonkeyPatch) -> Far:
    """Without it: the settings by which the commands find the engine and the books themselves."""
    found = staff.settings
    for name, value in (LEAST | variables(found.database.url, found.temporal["TEMPORAL_ADDRESS"])).items():
        monkeypatch.setenv(name, value)
    return Far(staff.desk, found.database.url, address, monkeypatch)


def test_a_return_goes_its_whole_way_over_the_api(far: Far) -> None:
    body = json.dumps({"order_id": far.desk.order(), "lines": [{"line_id": "70011", "quantity": 2}]})
    quoted: dict[str, dict[str, str]] = far.by(Role.STOREFRONT, "start", body, "--key", "k1")  # type: ignore[assignment]
    assert quoted == far.desk.answer("start", body, "--key", "k1")
    mine, quote = str(quoted["return_id"]), quoted["quote"]
    total: dict[str, str] = quote["total"]  # type: ignore[assignment]
    agreed = ("--digest", quote["digest"], "--amount", total["amount"], "--currency", total["currency"])
    far.by(Role.STOREFRONT, "confirm", mine, *agreed)
    far.desk.until(mine, lambda now: now["stage"] == "awaiting_goods")
    far.by(Role.WAREHOUSE, "track", mine, "T-1", "--status", "delivered")
    far.by(Role.WAREHOUSE, "receive", mine, json.dumps(PARCEL))
    far.by(Role.WAREHOUSE, "inspect", mine, json.dumps({"inspection_id": "I1", "verdicts": [VERDICT]}))
    lowered = far.desk.until(mine, lambda now: now["stage"] == "awaiting_consent")
    far.by(Role.STOREFRONT, "consent", mine, "accept", "--digest", lowered["quote"]["digest"])
    far.desk.until(mine, lambda now: now["stage"] == "closed" and all(one["published"] for one in now["crm"]))
    looks: tuple[tuple[str, ...], ...] = (
        ("status", mine), ("timeline", mine), ("list", "--sku", "MUG-01", "--older-than", "0"),
        ("holds", "--owner", "support"), ("dead-letters",),
    )  # fmt: skip
    for words in looks:
        assert far.by(Role.AUDITOR, *words) == far.desk.answer(*words), words


def test_a_no_is_the_same_sentence(far: Far, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("withdraw", "R-NONE-00000000")
    near = far.desk.say(*words)
    monkeypatch.setenv("BACKHAUL_API_KEY", KEYS[Role.SUPPORT])
    assert far.desk.say(*words, "--url", address) == near
    assert far.desk.say("status", "../x", "--url", address).sentence.startswith("return_id: ")
    monkeypatch.setenv("BACKHAUL_API_KEY", "bh_nobody_x")
    assert far.desk.say("list", "--url", address).code == 2
    monkeypatch.delenv("BACKHAUL_API_KEY")
    monkeypatch.setenv("BACKHAUL_URL", address)
    assert far.desk.say("list").err.startswith("BACKHAUL_API_KEY is not set")
    assert far.desk.say("list", "--url", "api.test").sentence.startswith("--url: ")


def test_live_updates_are_told_as_they_happen(far: Far, address: str) -> None:
    body = json.dumps({"order_id": far.desk.order(), "lines": [{"line_id": "70011", "quantity": 1}]})
    quoted: dict[str, str] = far.by(Role.STOREFRONT, "start", body)  # type: ignore[assignment]
    with Backhaul(address, KEYS[Role.STOREFRONT]) as client:
        events = client.events(quoted["return_id"])
        first = next(events)
        assert (first.kind, first.stage) == ("return", "quoted")
        client.withdraw(quoted["return_id"])
        assert next(one for one in events if one.stage == "withdrawn").version > first.version
        events.close()  # type: ignore[attr-defined]
