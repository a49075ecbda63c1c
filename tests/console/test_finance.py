"""What finance does in the console: decide with all numbers in sight, and find what does not match."""

from __future__ import annotations

import pytest

from domain.policy import Policy
from security.roles import Role
from tests.api.desk.conftest import OTHER
from tests.api.office import Office
from tests.console.conftest import Screens

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _asked_for_a_part(office: Office) -> str:
    """A return that stands still until finance grants a part of its credit, or does not."""
    return_id = str((await office.started())["return_id"])
    asked = await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/changes", {"partial_refund": "3.00 EUR"})
    assert asked.status_code == 202, asked.text
    await office.held(return_id)
    return return_id


async def test_finance_decides_with_the_numbers_in_sight(office: Office, seen_by: Screens) -> None:
    return_id = await _asked_for_a_part(office)
    async with seen_by(Role.FINANCE) as screen:
        await screen.open("/console/money")
        matter = f"article[id^='{return_id}']"
        told = await screen.text(matter)
        assert "3.00 EUR" in told
        assert "7.93" in told
        await screen.page.click(f"{matter} summary")
        assert await screen.page.locator(f"{matter} table").is_visible()
        assert await screen.page.locator(f"{matter} table input").count() == 0
        await screen.check_open_to_all()
        await screen.picture("finance")
        await screen.page.check(f"{matter} label:has-text('Grant the part') >> input")
        # Not ticked, and then without the note it needs: nothing is decided.
        await screen.page.click(f"{matter} button:has-text('Decide')")
        assert screen.page.url.endswith("/console/money")
        await screen.page.check(f"{matter} [name=sure]")
        screen.expected.add(400)
        await screen.page.click(f"{matter} button:has-text('Decide')")
        await screen.page.wait_for_selector("text=say by whom, and why a part")
        await screen.page.click("text=Back to the list")
        await screen.page.check(f"{matter} label:has-text('Grant the part') >> input")
        await screen.page.fill(f"{matter} [name=note]", "the box was torn")
        await screen.page.check(f"{matter} [name=sure]")
        await screen.page.click(f"{matter} button:has-text('Decide')")
        await screen.page.wait_for_url("**/console/money?done=resolved")
    while (await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")).json()["holds"]:
        pass
    async with seen_by(Role.FINANCE) as screen:
        await screen.open("/console/money")
        assert return_id not in await screen.text()


async def test_a_second_person_approves_with_the_number_in_sight(office: Office, seen_by: Screens) -> None:
    order = office.desk.order()
    office.desk.world.policies[order] = Policy(retry_at_most=1, second_person_above={"EUR": "1.00"})
    asked = {"order_id": order, "lines": [{"line_id": "70011", "quantity": 2}]}
    return_id = (await office.ask(Role.STOREFRONT, "POST", "/returns", asked)).json()["return_id"]
    await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/changes", {"partial_refund": "3.00 EUR"})
    await office.held(return_id)
    matter = f"article[id^='{return_id}']"
    async with seen_by(Role.FINANCE) as screen:
        await screen.open("/console/money")
        assert "4.93" in await screen.text(f"{matter} form"), "that it is too much for one, before it is chosen"
        await screen.page.check(f"{matter} label:has-text('Grant the part') >> input")
        await screen.page.fill(f"{matter} [name=note]", "the box was torn")
        await screen.page.check(f"{matter} [name=sure]")
        await screen.page.click(f"{matter} button:has-text('Decide')")
        await screen.page.wait_for_url("**/console/money?done=proposed")
        await screen.open("/console/money/approvals")
        assert "You proposed it" in await screen.text(matter)
        assert await screen.page.locator(f"{matter} button:has-text('Approve')").count() == 0
        assert await screen.page.locator(f"{matter} label:has-text('Grant the part')").count() == 0
        await screen.page.click(f"{matter} button:has-text('Take it back')")
        await screen.page.wait_for_url("**/console/money/approvals?done=taken_back")
        assert return_id not in await screen.text()
    async with seen_by(Role.SUPPORT) as screen:
        theirs = {"Authorization": f"Bearer {OTHER}", "Idempotency-Key": "propose"}
        grant = {"choice": "grant", "note": "the lid is gone"}
        said = await office.http.post(f"/returns/{return_id}/holds/H1/resolution", json=grant, headers=theirs)
        assert said.json()["proposal"] == "P2"
        await screen.open(f"/console/returns/{return_id}")
        told = await screen.text()
        assert "Waits for a second person in Finance" in told
        assert "a second person in Finance" in await screen.text("#facts")
        assert await screen.page.locator("button:has-text('Approve')").count() == 0
    async with seen_by(Role.FINANCE) as screen:
        await screen.open("/console/money/approvals")
        told = await screen.text(matter)
        assert all(word in told for word in ("finance-2 proposes", "4.93", "The lid is gone"))
        await screen.check_open_to_all()
        await screen.picture("second-person")
        screen.expected.add(400)
        await screen.page.click(f"{matter} button:has-text('Approve')")
        await screen.page.wait_for_selector("text=is not ticked; nothing was decided")
        await screen.page.click("text=Back to the list")
        await screen.open("/console/money/approvals")
        await screen.page.check(f"{matter} .proposal [name=sure]")
        await screen.page.click(f"{matter} button:has-text('Approve')")
        await screen.page.wait_for_url("**/console/money/approvals?done=approved")
    while not (seen := (await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")).json())["by_hand"]:
        pass
    assert [(one["by"], one["approved_by"]) for one in seen["by_hand"]] == [("finance-2", "finance")]


async def test_others_read_along_and_decide_nothing(office: Office, seen_by: Screens) -> None:
    return_id = await _asked_for_a_part(office)
    async with seen_by(Role.AUDITOR, scheme="dark") as screen:
        await screen.open("/console/money")
        assert return_id in await screen.text()
        assert await screen.page.locator("article form").count() == 0
        await screen.check_open_to_all()
    async with seen_by(Role.FINANCE, abroad=True) as screen:
        await screen.open("/console/money")
        assert return_id not in await screen.text()
    listed = f"/returns/{return_id}/holds/{(await office.held(return_id))['hold_id']}/resolution"
    assert (await office.ask(Role.FINANCE, "POST", listed, {"choice": "decline"})).status_code == 200
