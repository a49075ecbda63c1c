"""What a privacy officer does in the console: find what is kept of a person, have them erased, see who
was told what."""

from __future__ import annotations

import pytest

from domain.order import Contact
from security.roles import Role
from tests.api.office import KEYS, Office
from tests.console.conftest import Screens

pytestmark = pytest.mark.asyncio(loop_scope="package")
MAILBOX = "petra.unmistakable@example.test"


async def test_a_person_is_found_and_erased_when_who_is_meant_was_typed_again(office: Office, seen_by: Screens) -> None:
    world = office.desk.world
    before, world.contact = world.contact, Contact("Petra Unmistakable", MAILBOX, "8877", None)
    return_id = (await office.started())["return_id"]
    world.contact = before
    await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/contact/disclosure", {"reason": "she called"})
    await office.ask(Role.STOREFRONT, "POST", f"/returns/{return_id}/withdrawal", {})
    await office.until(return_id, "withdrawn")
    asked = {"person": "8877", "why": "by letter", "typed_again": "8878", "sure": "yes", "key": "letter-3"}
    key = {"Authorization": f"Bearer {KEYS[Role.PRIVACY_OFFICER]}"}
    wrong = await office.http.post("/console/privacy/erasures", data=asked, headers=key)
    assert (wrong.status_code, "nobody is erased" in wrong.text) == (400, True)
    async with seen_by(Role.PRIVACY_OFFICER) as screen:
        page = screen.page
        await screen.open("/console/privacy")
        await page.fill("[name=person]", MAILBOX.upper())
        await page.fill("[name=why]", "letter of 3 May")
        await page.click("text=Look what is kept of them")
        await page.wait_for_selector("tr:has-text('Contacts') >> text=Deleted")
        assert await page.inner_text("tr:has-text('Contacts') td.number") == "1"
        assert MAILBOX not in page.url
        assert "Unmistakable" not in await screen.text()
        await screen.picture("person")
        await screen.check_open_to_all()
        async with page.expect_download() as got:
            await page.click("text=Take a copy of everything")
        assert MAILBOX in (await (await got.value).path()).read_text()
        await page.click("text=Have them erased")
        await page.fill("[name=typed_again]", "8878")
        await page.check("[name=sure]")
        await page.click("text=Erase this person")
        assert await page.locator("[name=typed_again]:invalid").count() == 1
        await page.fill("[name=typed_again]", MAILBOX.upper())
        await page.check("[name=sure]")
        await page.click("text=Erase this person")
        await page.wait_for_url("**?done=erasure_asked")
        await page.wait_for_selector("text=Receipt below")
        await screen.picture("erasure")
        await screen.check_open_to_all()
        await screen.open("/console/privacy/disclosures")
        told = await screen.text("tbody")
        await screen.picture("disclosures")
        assert "Saw a customer whole" in told
        assert "Took a copy of everything" in told
        assert told.count("Looked where something is kept") == 1
        assert "unmistakable" not in told.lower()
