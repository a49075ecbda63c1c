"""A return over HTTP: from the request to its close, each party by its own key, every refusal a problem with a mend."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from adapters.errors import Permanent
from security.roles import Role
from tests.api.office import Office, confirmation


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    return document


async def test_a_return_goes_its_whole_way(office: Office) -> None:
    quoted = await office.started()
    mine = f"/returns/{quoted['return_id']}"
    assert quoted["decision"] == "quoted"
    await office.ask(Role.STOREFRONT, "POST", f"{mine}/confirmation", confirmation(quoted))
    await office.until(quoted["return_id"], "awaiting_goods")
    parcel = {"receipt_id": "P1", "lines": [{"line_id": "70011", "quantity": 2}]}
    received = await office.ask(Role.WAREHOUSE, "POST", f"{mine}/receipts", parcel)
    assert received.status_code == 200, received.text
    verdict = {"line_id": "70011", "quantity": 2, "disposition": "restock", "accepted": True}
    inspected = await office.ask(
        Role.WAREHOUSE, "POST", f"{mine}/inspections", {"inspection_id": "I1", "verdicts": [verdict]}
    )
    assert inspected.status_code == 200, inspected.text
    closed = await office.until(quoted["return_id"], "closed")
    assert closed["matched"] is True
    assert closed["credited"] == closed["agreed"] == quoted["quote"]["total"]
    events = await office.ask(Role.FINANCE, "GET", f"{mine}/timeline")
    assert events.json()["timeline"][0]["kind"] == "requested"


async def test_the_same_key_is_the_same_return(office: Office) -> None:
    asked = {"order_id": office.desk.order(), "lines": [{"line_id": "70011", "quantity": 1}]}
    once = await office.ask(Role.STOREFRONT, "POST", "/returns", asked, key="click")
    again = await office.ask(Role.STOREFRONT, "POST", "/returns", asked, key="click")
    assert once.json() == again.json()
    assert once.headers["location"] == f"/returns/{once.json()['return_id']}"


async def test_nothing_is_written_without_a_key(office: Office) -> None:
    asked = {"order_id": office.desk.order(), "lines": [{"line_id": "70011", "quantity": 1}]}
    said = problem(await office.ask(Role.STOREFRONT, "POST", "/returns", asked, key=None), 400)
    assert (said["field"], "header" in said["detail"]) == ("Idempotency-Key", True)
    found = await office.ask(Role.SUPPORT, "GET", f"/returns?order={asked['order_id']}")
    assert found.json()["returns"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"order_id": "1"}, "lines"),
        ({"order_id": "1", "lines": [{"line_id": "70011", "quantity": 0}]}, "lines.0.quantity"),
        ({"order_id": "1", "lines": [{"line_id": "70011", "quantity": 1.5}]}, "lines.0.quantity"),
        ({"order_id": "1", "lines": [], "surprise": 1}, "lines"),
        ({"order_id": "1", "lines": [{"line_id": "1", "quantity": 1}], "idempotency_key": "k"}, "idempotency_key"),
        ([], "body"),
    ],
)
async def test_bad_input_names_its_field(office: Office, body: Any, field: str) -> None:
    said = problem(await office.ask(Role.STOREFRONT, "POST", "/returns", body), 400)
    assert said["field"] == field, said


async def test_what_is_no_json_is_told_where(office: Office) -> None:
    headers = {"Authorization": (await office.ask(Role.STOREFRONT, "GET", "/x")).request.headers["authorization"]}
    answer = await office.http.post("/returns", content=b'{"order_id": }', headers={**headers, "Idempotency-Key": "k"})
    assert "line 1, column" in problem(answer, 400)["detail"]


async def test_a_body_that_is_too_large_is_not_read_to_its_end(office: Office) -> None:
    async def endless() -> Any:
        while True:
            yield b" " * 65536

    headers = {"Authorization": (await office.ask(Role.STOREFRONT, "GET", "/x")).request.headers["authorization"]}
    answer = await office.http.post("/returns", content=endless(), headers={**headers, "Idempotency-Key": "k"})
    problem(answer, 413)


async def test_the_wrong_stage_is_a_conflict(office: Office) -> None:
    quoted = await office.started()
    verdict = {"line_id": "70011", "quantity": 1, "disposition": "restock", "accepted": True}
    body = {"inspection_id": "I1", "verdicts": [verdict]}
    answer = await office.ask(Role.WAREHOUSE, "POST", f"/returns/{quoted['return_id']}/inspections", body)
    said = problem(answer, 409)
    assert said["code"] == "wrong_stage"
    assert said["detail"].endswith("has nothing to inspect; quoted, it takes confirm, withdraw from outside now")


async def test_an_unknown_return_is_not_found(office: Office) -> None:
    unknown = await office.ask(Role.SUPPORT, "GET", "/returns/R-NONE-00000000")
    assert "R-NONE-00000000" in problem(unknown, 404)["detail"]
    assert problem(await office.ask(Role.SUPPORT, "GET", "/returns/nonsense"), 400)["field"] == "return_id"


async def test_pages_lead_to_each_other(office: Office) -> None:
    mine = {(await office.started())["return_id"] for _ in range(3)}
    seen: list[str] = []
    cursor = ""
    while len(seen) < 3:
        page = (await office.ask(Role.SUPPORT, "GET", f"/returns?limit=1{cursor}")).json()
        seen += [one["return_id"] for one in page["returns"]]
        cursor = f"&cursor={page['cursor']}"
    assert set(seen) == mine
    assert problem(await office.ask(Role.SUPPORT, "GET", "/returns?cursor=x"), 400)["field"] == "cursor"
    assert problem(await office.ask(Role.SUPPORT, "GET", "/returns?limit=0"), 400)["field"] == "limit"


async def test_a_hold_is_decided_by_its_owner_only(office: Office) -> None:
    office.desk.world.fail("post_credit", Permanent("erp", "post", "the period is odd"))
    return_id = await office.confirmed()
    mine = f"/returns/{return_id}"
    parcel = {"receipt_id": "P1", "lines": [{"line_id": "70011", "quantity": 2}]}
    await office.ask(Role.WAREHOUSE, "POST", f"{mine}/receipts", parcel)
    verdict = {"line_id": "70011", "quantity": 2, "disposition": "restock", "accepted": True}
    await office.ask(Role.WAREHOUSE, "POST", f"{mine}/inspections", {"inspection_id": "I1", "verdicts": [verdict]})
    while not (held := (await office.ask(Role.FINANCE, "GET", "/holds?owner=finance")).json()["holds"]):
        pass
    (hold,) = held
    assert hold["return_id"] == return_id
    decision = {"choice": "retry", "note": "seen"}
    path = f"{mine}/holds/{hold['hold_id']}/resolution"
    assert "finance" in problem(await office.ask(Role.SUPPORT, "POST", path, decision), 403)["detail"]
    assert (await office.ask(Role.FINANCE, "POST", path, decision)).status_code == 200
    await office.until(return_id, "closed")
    events = (await office.ask(Role.AUDITOR, "GET", f"{mine}/timeline")).json()["timeline"]
    assert "finance" in {event["actor"] for event in events}
