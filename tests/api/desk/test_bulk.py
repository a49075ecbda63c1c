"""Many parcels and verdicts in one request: each with its own answer, in order, and told twice without harm."""

from __future__ import annotations

from typing import Any

from security.roles import Role
from tests.api.office import Office


def parcel(return_id: Any, receipt: str = "P1", quantity: Any = 2) -> dict[str, Any]:
    return {
        "return_id": return_id, "receipt_id": receipt, "lines": [{"line_id": "70011", "quantity": quantity}],
    }  # fmt: skip


def verdict(return_id: str, quantity: int = 2) -> dict[str, Any]:
    mug = {"line_id": "70011", "quantity": quantity, "disposition": "restock", "accepted": True}
    return {"return_id": return_id, "inspection_id": "I1", "verdicts": [mug]}


async def test_each_gets_its_answer_and_the_rest_goes_on(office: Office) -> None:
    one, other = await office.confirmed(), await office.confirmed()
    quoted = (await office.started())["return_id"]
    parcels = [
        parcel(one), parcel("R-NONE-00000000"), parcel(other, quantity=0), parcel(quoted), parcel(other), parcel(7),
    ]  # fmt: skip
    told = await office.ask(Role.WAREHOUSE, "POST", "/receipts", {"receipts": parcels})
    assert told.status_code == 200, told.text
    results = told.json()["results"]
    assert [result["status"] for result in results] == [200, 404, 400, 409, 200, 400]
    assert told.json()["failed"] == 4
    assert [result["return_id"] for result in results] == [one, "R-NONE-00000000", other, quoted, other, None]
    assert results[0]["answer"]["stage"] == "pending_inspection"
    assert [results[place]["problem"].get("field") for place in (2, 5)] == ["lines.0.quantity", "return_id"]
    again = await office.ask(Role.WAREHOUSE, "POST", "/receipts", {"receipts": parcels})
    assert [result["status"] for result in again.json()["results"]] == [200, 404, 400, 409, 200, 400]
    said = await office.ask(Role.WAREHOUSE, "POST", "/inspections", {"inspections": [verdict(one), verdict(other, 3)]})
    assert [result["status"] for result in said.json()["results"]] == [200, 400]
    assert said.json()["results"][1]["problem"]["detail"].startswith("quantity: line 70011 has 2 received")
    await office.until(one, "closed")
    seen = (await office.ask(Role.WAREHOUSE, "GET", f"/returns/{other}/stock")).json()
    assert (seen["receipts"], seen["inspectable"]) == (["P1"], 2)


async def test_parcels_of_one_return_stay_in_their_order(office: Office) -> None:
    return_id = await office.confirmed()
    parcels = [parcel(return_id, f"P{number}", 1) for number in (3, 1, 2)]
    told = await office.ask(Role.WAREHOUSE, "POST", "/receipts", {"receipts": parcels})
    assert told.json()["failed"] == 0, told.text
    seen = (await office.ask(Role.WAREHOUSE, "GET", f"/returns/{return_id}")).json()
    assert seen["receipts"] == ["P3", "P1", "P2"]
    assert sum(one["quantity"] for one in seen["unexpected"]) == 1


async def test_others_returns_are_not_there_in_bulk_either(office: Office) -> None:
    return_id = await office.confirmed()
    for body in ({"receipts": [parcel(return_id)]}, {"inspections": [verdict(return_id)]}):
        (name,) = body
        told = await office.ask(Role.WAREHOUSE, "POST", f"/{name}", body, abroad=True)
        (result,) = told.json()["results"]
        assert (result["status"], "there is no return" in result["problem"]["detail"]) == (404, True)


async def test_too_many_at_once_are_refused_as_a_whole(office: Office) -> None:
    for parcels in ([], [parcel("R-NONE-00000000")] * 201):
        told = await office.ask(Role.WAREHOUSE, "POST", "/receipts", {"receipts": parcels})
        assert (told.status_code, told.json()["field"]) == (400, "receipts")
