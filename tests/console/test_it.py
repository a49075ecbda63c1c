"""What IT does in the console: see how CRMs do, show again what was given up, tell two people apart, ask a doctor."""

from __future__ import annotations

import pytest

from adapters.errors import Permanent
from security.roles import Role
from store.port import Item, ItemKind
from store.stores import open_doors, open_webhooks
from tests.api.desk.test_identity import pair
from tests.api.office import Office
from tests.console.conftest import Screens
from tests.stack.inbox import Inbox
from tests.store.identity.conftest import ANNA, BERND

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _given_up(office: Office) -> str:
    """The id of a return that its CRM refused, and would take now."""
    office.desk.world.fail("publish main", Permanent("crm", "publish", "no licence for it"), 1000)
    return_id = str((await office.started())["return_id"])
    # Asked of the books, and not of the API, which counts calls.
    async with open_doors(office.settings.database.url, connections=1) as doors:
        while return_id not in {one.return_id for one in await doors.visibility.letters("main")}:
            pass
    office.desk.world.heal("publish main")
    return return_id


async def test_what_was_given_up_is_found_from_its_crm_and_shown_again(office: Office, seen_by: Screens) -> None:
    one, other = await _given_up(office), await _given_up(office)
    async with seen_by(Role.IT_ADMIN) as screen:
        await screen.open("/console/crm")
        assert "dead letter" in await screen.text("article")
        await screen.check_open_to_all()
        await screen.picture("crms")
        await screen.page.click("text=Which are behind")
        row = f"tr:has-text('{one}')"
        assert "no licence for it" in (await screen.text(row)).lower()
        await screen.check_open_to_all()
        await screen.open("/console/dead-letters?cause=licence&org=main")
        await screen.picture("dead-letters")
        await screen.check_open_to_all()
        await screen.page.click(f"{row} button")
        await screen.page.wait_for_selector("text=Shown: 1")
        await screen.open("/console/dead-letters?cause=licence&org=main")
        assert one not in await screen.text()
        assert other in await screen.text()
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open("/console/dead-letters")
        assert other in await screen.text()
        assert await screen.page.locator("main form[method=post]").count() == 0


async def test_many_are_shown_again_at_once(office: Office, seen_by: Screens) -> None:
    both = {await _given_up(office), await _given_up(office)}
    async with seen_by(Role.IT_ADMIN, scheme="dark") as screen:
        await screen.open("/console/dead-letters?cause=licence")
        await screen.page.click("button:has-text('Show all')")
        await screen.page.wait_for_selector("h1:has-text('Shown again')")
        told = await screen.text("tbody")
        assert all(return_id in told for return_id in both)
        assert "Failed" not in told
        await screen.picture("replayed-dark")
        await screen.check_open_to_all()


async def test_two_records_are_told_apart_side_by_side(office: Office, seen_by: Screens) -> None:
    same, different = await pair(office, "C", ANNA), await pair(office, "D", BERND)
    async with seen_by(Role.IT_ADMIN) as screen:
        await screen.open("/console/identity")
        assert "A… V…" in await screen.text(f"#review-{same}")
        assert "Vogel" not in await screen.text()
        await screen.picture("identity")
        await screen.check_open_to_all()
        await screen.page.fill(f"#review-{same} [name=why]", "same on the phone")
        await screen.page.press(f"#review-{same} [name=why]", "Enter")
        await screen.page.click(f"#review-{same} button:has-text('One person')")
        await screen.page.wait_for_url("**?done=joined")
        await screen.page.fill(f"#review-{different} [name=why]", "father and son")
        await screen.page.click(f"#review-{different} button:has-text('Two people')")
        await screen.page.wait_for_url("**?done=kept_apart")
        assert f"Pair {same}" not in await screen.text()
    decided = await office.ask(Role.AUDITOR, "GET", "/identity/parties?record=main:contact:003DA")
    assert "father and son" in {one["why"] for one in decided.json()["decisions"]}
    async with seen_by(Role.AUDITOR) as screen:
        await screen.open("/console/identity")
        assert await screen.page.locator("main form").count() == 0


async def test_what_is_left_to_people_is_decided_with_a_note(office: Office, seen_by: Screens) -> None:
    return_id = (await office.started())["return_id"]
    async with open_doors(office.settings.database.url, connections=1) as doors:
        await doors.crm.items.open(Item("main", ItemKind.SILENT, "Case", "500A", return_id, "", "nothing was told"))
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open("/console/crm/items")
        matter = f"article:has-text('{return_id}')"
        await screen.page.fill(f"{matter} [name=note]", "looked")
        await screen.picture("items")
        await screen.check_open_to_all()
        await screen.page.click(f"{matter} button:has-text('Seen')")
        await screen.page.wait_for_url("**?done=item_resolved")
        assert return_id not in await screen.text()


async def test_mappings_are_read_and_counterparts_are_asked(office: Office, seen_by: Screens) -> None:
    async with seen_by(Role.IT_ADMIN) as screen:
        await screen.open("/console/mappings")
        await screen.check_open_to_all()
        await screen.page.click("main a >> nth=0")
        assert await screen.page.locator("table").count() > 1
        await screen.picture("mapping")
        await screen.check_open_to_all()
        await screen.page.click("text=Ask the CRM whether it fits")
        await screen.page.wait_for_selector("text=The mapping does not fit")
        await screen.open("/console/doctor")
        await screen.page.select_option("[name=vendor]", "database")
        await screen.page.click("button:has-text('Ask')")
        await screen.page.wait_for_selector("text=A return could run")
        await screen.page.select_option("[name=vendor]", "main")
        await screen.page.click("button:has-text('Ask')")
        await screen.page.wait_for_selector("text=Something is wrong")
        assert "salesforce main" in await screen.text("tbody")
        await screen.picture("doctor")
        await screen.check_open_to_all()


async def test_another_system_is_told_and_what_it_did_not_take_is_delivered_again(
    office: Office, seen_by: Screens
) -> None:
    inbox = Inbox()
    inbox.refuse, inbox.refusal = 1, 400
    async with seen_by(Role.IT_ADMIN) as screen, open_webhooks(office.settings.database.url) as books:
        await screen.open("/console/webhooks")
        await screen.page.fill("[name=name]", "wms")
        await screen.page.fill("[name=url]", inbox.url)
        await screen.check_open_to_all()
        await screen.page.click("button:has-text('Tell it from now on')")
        secret = await screen.text(".secret")
        await screen.check_open_to_all()
        await screen.page.click("text=I have copied it")
        await screen.page.click("text=Send a test event")
        await screen.page.wait_for_url("**?done=test_sent")
        while not (await books.deliveries("wms", True, 1)):
            pass
        await screen.open("/console/webhooks/wms?dead=yes")
        assert "400" in await screen.text("tbody")
        await screen.picture("webhook")
        await screen.check_open_to_all()
        await screen.page.click("tbody button:has-text('Deliver again')")
        inbox.wait(lambda: len(inbox.taken) == 1)
        await screen.page.click("summary:has-text('Give it a new secret')")
        await screen.page.check("[name=sure]")
        await screen.page.click("text=Make a new secret")
        assert await screen.text(".secret") != secret
    inbox.close()
    read = await office.ask(Role.AUDITOR, "GET", "/console/webhooks/wms")
    assert (read.status_code, "whsec_" in read.text, 'method="post" action="/console/webhooks' in read.text) == (
        200, False, False,
    )  # fmt: skip
    assert (await office.ask(Role.IT_ADMIN, "GET", "/console/webhooks", abroad=True)).status_code == 403
