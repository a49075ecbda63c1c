"""Changes asked over HTTP: accepted or refused by the rules, or decided by the role that owns the question."""

from __future__ import annotations

from typing import Any

from security.roles import Role
from tests.api.office import Office


async def ask(office: Office, return_id: str, key: str = "", role: Role = Role.SUPPORT, **change: Any) -> Any:
    return await office.ask(role, "POST", f"/returns/{return_id}/changes", change, key=key)


async def of(office: Office, return_id: str) -> list[dict[str, Any]]:
    answer = await office.ask(Role.FINANCE, "GET", f"/returns/{return_id}/changes")
    assert answer.status_code == 200, answer.text
    changes: list[dict[str, Any]] = answer.json()["changes"]
    return changes


async def decide(office: Office, role: Role, return_id: str, request_id: str, **said: Any) -> Any:
    return await office.ask(role, "POST", f"/returns/{return_id}/changes/{request_id}/decision", said)


async def test_the_rules_answer_at_once_and_the_same_twice(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    first = await ask(office, return_id, "k", reason="too_small")
    assert (first.status_code, first.json()["status"]) == (200, "accepted")
    assert (await ask(office, return_id, "k", reason="too_small")).json() == first.json()
    # The storefront's key of that name is another request.
    await ask(office, return_id, "k", Role.STOREFRONT, reason="style")
    refused = await ask(office, return_id, reason="bad vibes")
    assert (refused.status_code, refused.json()["status"]) == (200, "refused")
    told = await of(office, return_id)
    assert [(one["request"]["by"], one["request"]["source"]) for one in told] == [
        ("support", "api"), ("storefront", "api"), ("support", "api"),
    ]  # fmt: skip
    bad = await ask(office, return_id, reason="style", cancel=True)
    assert (bad.status_code, bad.json()["field"]) == (400, "change")
    named = await ask(office, return_id, reason="style", by="somebody else")
    assert (named.status_code, named.json()["field"]) == (400, "by")


async def test_finance_grants_a_part_and_nobody_else_does(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    asked = await ask(office, return_id, partial_refund="3.00 EUR")
    assert (asked.status_code, asked.json()["status"]) == (202, "pending")
    (waiting,) = await of(office, return_id)
    assert waiting["waits_for"]["owner"] == "finance"
    request_id = waiting["request"]["request_id"]
    wrong = await decide(office, Role.SUPPORT, return_id, request_id, decision="approve", note="kind")
    assert wrong.status_code == 403, wrong.text
    bare = await decide(office, Role.FINANCE, return_id, request_id, decision="approve")
    assert (bare.status_code, bare.json()["field"]) == (400, "note")
    done = await decide(office, Role.FINANCE, return_id, request_id, decision="approve", note="goodwill")
    assert done.status_code == 200, done.text
    while (now := (await of(office, return_id))[0])["status"] == "pending":
        pass
    assert (now["status"], now["waits_for"]) == ("accepted", None)
    late = await decide(office, Role.FINANCE, return_id, request_id, decision="refuse")
    assert (late.status_code, late.json()["code"]) == (409, "wrong_stage")
    assert "is accepted, and waits for nobody" in late.json()["detail"]


async def test_a_refused_part_leaves_the_credit_as_it_was(office: Office) -> None:
    quoted = await office.started()
    return_id = quoted["return_id"]
    request_id = (await ask(office, return_id, partial_refund="3.00 EUR")).json()["request_id"]
    done = await decide(office, Role.FINANCE, return_id, request_id, decision="refuse")
    assert done.status_code == 200, done.text
    while (now := (await of(office, return_id))[0])["status"] == "pending":
        pass
    assert (now["status"], "decided against" in now["sentence"]) == ("refused", True)
    live = (await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")).json()
    assert live["quote"]["total"] == quoted["quote"]["total"]


async def test_notes_are_told_to_few(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    assert (await ask(office, return_id, note="rings twice")).status_code == 200
    assert "rings twice" not in str(await of(office, return_id))
    told = (await office.ask(Role.PRIVACY_OFFICER, "GET", f"/returns/{return_id}/notes")).json()["notes"]
    assert [one["text"] for one in told] == ["rings twice"]


async def test_what_was_never_asked_is_not_found(office: Office) -> None:
    return_id = (await office.started())["return_id"]
    none = await decide(office, Role.FINANCE, return_id, "api-1", decision="approve")
    assert (none.status_code, "no request" in none.json()["detail"]) == (404, True)
    odd = await decide(office, Role.FINANCE, return_id, "api-1", decision="perhaps")
    assert (odd.status_code, odd.json()["field"]) == (400, "decision")
