"""One return seen from its sides over HTTP: the same numbers as the command line says, and only whose it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adapters.errors import Permanent
from domain.money import Money
from domain.refund import Payout
from runtime import wiring
from runtime.documents import document_of
from runtime.views import explanation
from security.roles import Role
from tests.api.office import Office


def short_by_seven(payout: Payout) -> Payout:
    (first, *rest) = payout.tenders
    less = replace(first, amount=Money(first.amount.minor - 7, first.amount.currency))
    return replace(payout, tenders=(less, *rest))


async def view(office: Office, role: Role, return_id: str, of: str) -> Any:
    answer = await office.ask(role, "GET", f"/returns/{return_id}/{of}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def where(office: Office, return_id: str) -> dict[str, int]:
    """Units of the mugs by where they are."""
    seen = await view(office, Role.WAREHOUSE, return_id, "stock")
    (line,) = seen["lines"]
    return {one["where"]: one["quantity"] for one in line["units"]}


async def test_goods_are_followed_from_the_customer_to_the_shelf(office: Office) -> None:
    return_id = await office.confirmed()
    assert await where(office, return_id) == {"expected": 2}
    await office.received(return_id)
    assert await where(office, return_id) == {"pending_inspection": 2}
    seen = await view(office, Role.SUPPORT, return_id, "stock")
    assert (seen["inspectable"], seen["receipts"]) == (2, ["P1"])
    await office.inspected(return_id, scrap=1)
    await office.booked(return_id, "closed")
    assert await where(office, return_id) == {"released": 1, "scrapped": 1}
    seen = await view(office, Role.AUDITOR, return_id, "stock")
    assert {(move["to"], move["quantity"]) for move in seen["moves"]} == {("available", 1), ("scrapped", 1)}


async def test_money_is_the_same_on_every_side_and_says_why(office: Office) -> None:
    return_id = await office.confirmed()
    before = await view(office, Role.FINANCE, return_id, "money")
    assert (before["match"], [one["name"] for one in before["sides"]]) == (
        "open",
        ["quote", "agreed", "credit memo", "payout"],
    )
    assert before["sides"][2]["amount"] is None
    await office.received(return_id)
    await office.inspected(return_id)
    await office.booked(return_id, "closed")
    seen = await view(office, Role.SUPPORT, return_id, "money")
    assert seen["match"] == "matched"
    assert len({one["amount"] for one in seen["sides"]}) == 1
    assert {one["difference"] for one in seen["sides"] if one["name"] != "agreed"} == {"0.00"}
    (page,) = seen["ledger"]
    assert {one["holder"] for one in page["entries"]} == {return_id}
    async with wiring.explaining(office.settings) as explaining:
        said = document_of(explanation.view_of(await explaining.explain(return_id)))
    assert {name: seen[name] for name in said} == said


async def test_a_payout_that_differs_is_told_beside_what_was_agreed(office: Office) -> None:
    office.desk.world.skew_payout = short_by_seven
    return_id = await office.confirmed()
    await office.received(return_id)
    await office.inspected(return_id)
    await office.held(return_id)
    seen = await view(office, Role.FINANCE, return_id, "money")
    assert seen["match"] == "differs"
    sides = {one["name"]: one["difference"] for one in seen["sides"]}
    assert (sides["credit memo"], sides["payout"]) == ("0.00", "-0.07")
    assert any("payout" in said for said in seen["remarks"]), seen["remarks"]


async def test_crms_and_messages_say_what_is_shown_and_what_is_owed(office: Office) -> None:
    office.desk.world.fail("publish main", Permanent("crm", "publish", "the field is gone"), times=9)
    return_id = await office.confirmed()
    while not (orgs := (await view(office, Role.IT_ADMIN, return_id, "crm"))["orgs"]) or not orgs[0]["given_up"]:
        pass
    (org,) = orgs
    assert (org["org"], org["current"], org["shown"]) == ("main", False, 0)
    assert "the field is gone" in org["given_up"]
    told = await view(office, Role.SUPPORT, return_id, "messages")
    assert {one["state"] for one in told["messages"] if one["subject"] == "confirmation"} <= {"owed", "sent"}
    assert "confirmation" in {one["subject"] for one in told["messages"]}
    assert "@" not in str(told)
    office.desk.world.heal("publish main")


async def test_views_are_there_while_the_engine_is_away(office: Office) -> None:
    return_id = (await office.started())["return_id"]

    async def away() -> Any:
        raise AssertionError("the engine was asked")

    office.app.state.temporal.client = away
    for of in ("money", "stock", "crm", "messages"):
        await view(office, Role.SUPPORT, return_id, of)
