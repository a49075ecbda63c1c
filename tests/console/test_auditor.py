"""What auditors do in the console: find who did what, and see whether the books were touched."""

from __future__ import annotations

import asyncpg
import pytest

from security.roles import Role
from tests.api.office import Office
from tests.console.conftest import Screens

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_an_auditor_finds_who_confirmed_for_the_customer(office: Office, seen_by: Screens) -> None:
    quoted = await office.started()
    async with seen_by(Role.SUPPORT, script=False) as screen:
        await screen.open(f"/console/returns/{quoted['return_id']}")
        await screen.page.click("button:has-text('Confirm 7.93')")
    async with seen_by(Role.AUDITOR) as screen:
        await screen.open("/console/audit")
        await screen.page.fill("[name=subject]", quoted["return_id"])
        await screen.page.fill("[name=actor]", "support")
        await screen.page.click("button:has-text('Search')")
        await screen.page.wait_for_url("**actor=support**")
        # That support was let in to do it, and what was said for the customer.
        assert await screen.page.locator("tbody tr").count() == 2
        assert "return:confirm" in await screen.text("tbody")
        assert f"/console/returns/{quoted['return_id']}/confirmation" in await screen.text("tbody")
        await screen.open(f"/console/audit?subject={quoted['return_id']}")
        await screen.picture("audit")
        await screen.check_open_to_all()
        await screen.open("/console/audit?since=yesterday", 400)
        assert "is a day such as" in await screen.text()


async def test_whoever_changed_the_books_is_found_at_the_press_of_a_button(office: Office, seen_by: Screens) -> None:
    return_id = (await office.started())["return_id"]
    async with seen_by(Role.AUDITOR, scheme="dark") as screen:
        await screen.open("/console/audit")
        await screen.page.click("text=Verify everything")
        assert "All is as it was written" in await screen.text()
        await screen.picture("verified-dark")
        books = await asyncpg.connect(office.settings.database.url)
        act = "stream = $1 AND seq = 1"
        actor = await books.fetchval(f"SELECT actor FROM audit WHERE {act}", f"return:{return_id}")
        assert actor
        try:
            await books.execute("ALTER TABLE audit DISABLE TRIGGER USER")
            await books.execute(f"UPDATE audit SET actor = 'nobody' WHERE {act}", f"return:{return_id}")
            await screen.page.reload()
            assert f"return:{return_id}" in await screen.text("tbody")
            await screen.picture("tampered-dark")
            await screen.check_open_to_all()
        finally:
            await books.execute(f"UPDATE audit SET actor = $2 WHERE {act}", f"return:{return_id}", actor)
            await books.execute("ALTER TABLE audit ENABLE TRIGGER USER")
            await books.close()
