"""Commands about the CRMs, identities, mappings, the audit, notices and subscriptions say with --url what they say
without."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.errors import Permanent
from client import Backhaul
from domain.identity.record import PartyRecord, in_crm
from security.roles import Role
from store.stores import open_stores
from tests.api.desk.conftest import ORG
from tests.api.office import KEYS
from tests.api.test_remote_commands import Far, far
from tests.store.identity.conftest import KEY

__all__ = ["far"]
DORA = {"name": "Dora Lang", "email": "dora.lang@example.test"}
FOREVER = 1000


@pytest.fixture(autouse=True)
def an_org(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ORG.items():
        monkeypatch.setenv(name, value)


def steady(document: Any) -> Any:
    """Without what is another number at every look."""
    if isinstance(document, dict):
        return {name: steady(part) for name, part in document.items() if not name.endswith(("_seconds", "_ago"))}
    return [steady(part) for part in document] if isinstance(document, list) else document


def quoted(far: Far) -> str:
    return str(far.desk.quoted(1)["return_id"])


def test_looks_are_the_same_from_far(far: Far) -> None:
    far.desk.world.fail("publish main", Permanent("crm", "publish", "no licence", "NO_LICENCE"), FOREVER)
    return_id = quoted(far)
    far.desk.until(return_id, lambda now: any(one["parked"] for one in now["crm"]))
    looks: tuple[tuple[Role, tuple[str, ...]], ...] = (
        (Role.IT_ADMIN, ("crm", "status")), (Role.IT_ADMIN, ("crm", "coverage")), (Role.IT_ADMIN, ("crm", "quality")),
        (Role.IT_ADMIN, ("crm", "inbound")), (Role.IT_ADMIN, ("crm", "backfill", "main", "--dry-run")),
        (Role.SUPPORT, ("notices", "preview", "confirmation", "--return", return_id)),
        (Role.FINANCE, ("explain", return_id)),
        (Role.AUDITOR, ("audit", "search", "--stream", f"return:{return_id}")),
    )  # fmt: skip
    for role, words in looks:
        assert steady(far.by(role, *words)) == steady(far.desk.answer(*words)), words
    far.desk.world.heal("publish main")
    told: Any = far.by(Role.IT_ADMIN, "crm", "replay", return_id)
    assert (told["shown"], told["replayed"][0]["return_id"]) == (1, return_id)


def test_a_change_is_asked_and_seen_from_far(far: Far) -> None:
    return_id = quoted(far)
    words = ("change", return_id, "--note", "rang twice", "--key", "c1")
    asked: Any = far.by(Role.SUPPORT, *words)
    assert (asked["status"], asked) == ("accepted", far.by(Role.SUPPORT, *words))
    mine: Any = far.by(Role.SUPPORT, "changes", return_id)
    assert mine == far.desk.answer("changes", return_id)
    assert mine["changes"][0]["note"] == "rang twice"
    others: Any = far.by(Role.FINANCE, "changes", return_id)
    assert "note" not in others["changes"][0]


def paired(far: Far) -> int:
    """The review of two contacts of one person."""

    async def both() -> None:
        async with open_stores(far.database, 1, KEY) as stores:
            for record in ("003QA", "003QB"):
                await stores.parties.standing(PartyRecord(in_crm("main", "Contact", record), DORA), "main")

    asyncio.run(both())
    found: Any = far.by(Role.IT_ADMIN, "identity", "review", "--limit", "1000")
    return next(int(one["id"]) for one in found["reviews"] if "003Q" in one["one"]["record"])


def test_who_is_who_is_decided_from_far(far: Far) -> None:
    review = str(paired(far))
    record = ("identity", "links", "--record", "main:contact:003QA")
    shown: Any = far.by(Role.PRIVACY_OFFICER, *record, "--reveal", "a call")
    assert shown["links"][0]["fields"] == DORA
    why = ("--by", "nobody", "--why", "same person")
    joined: Any = far.by(Role.IT_ADMIN, "identity", "accept", review, *why)
    assert (joined["outcome"], joined["by"]) == ("linked", "it-admin")
    assert far.by(Role.AUDITOR, *record) == far.desk.answer(*record)
    apart: Any = far.by(Role.IT_ADMIN, "identity", "unmerge", review, *why)
    assert apart["into"] is None


def test_decisions_are_the_keys(far: Far, address: str) -> None:
    far.by(Role.IT_ADMIN, "webhooks", "add", "shipping", "https://hooks.example.com/in", "--by", "nobody")
    far.by(Role.IT_ADMIN, "webhooks", "off", "shipping", "--by", "nobody")
    (one,) = far.desk.answer("webhooks", "list")["subscriptions"]
    assert (one["made_by"], one["state"]) == ("it-admin", "off")
    begun: Any = far.by(Role.IT_ADMIN, "crm", "reconcile", "main", "--every", "6h")
    assert begun == {"org": "main", "every": "6h"}
    with Backhaul(address, KEYS[Role.AUDITOR]) as api:
        acts = list(api.audit.search(action="reconciliation", limit=1))
        assert {one["actor"] for one in acts} == {"it-admin"}
        assert api.mappings.one("main")["name"] == api.mappings.of_orgs()[0]["name"]
