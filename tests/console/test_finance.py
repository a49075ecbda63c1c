"""What finance does in the console: decide with all numbers in sight, and find what does not match."""

from __future__ import annotations

import pytest

from security.roles import Role
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
