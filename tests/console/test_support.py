"""What support does in the console, in a real browser: find a return, see who waits for whom, act for the customer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from security.roles import Role
from tests.api.office import PAUSE, Office
from tests.console.conftest import Screens

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _held(office: Office) -> dict[str, Any]:
    """A return that stands still until support decides: its parcel is reported lost."""
    return_id = await office.confirmed()
    await office.ask(Role.SUPPORT, "POST", f"/returns/{return_id}/losses", {})
    while True:
        now = (await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")).json()
        if now["holds"]:
            return dict(now)
        await asyncio.sleep(PAUSE)


async def test_a_return_is_confirmed_for_its_customer_and_withdrawn(office: Office, seen_by: Screens) -> None:
    quoted = await office.started()
    at = f"/console/returns/{quoted['return_id']}"
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open(at)
        assert "Waits for the customer's confirmation" in await screen.text("#facts")
        await screen.picture("return-quoted")
        await screen.check_open_to_all()
        await screen.page.click("button:has-text('Confirm 7.93')")
        await screen.page.wait_for_url(f"**{at}?done=confirmed")
        assert "Confirmed for the customer." in await screen.text("[role=status]")
        await office.until(quoted["return_id"], "awaiting_goods")
        await screen.open(at)
        await screen.page.click("text=Withdraw the return >> nth=0")
        await screen.page.fill("input[name=reason]", "found another one")
        await screen.page.check("[name=sure] >> visible=true")
        await screen.picture("return-withdrawing")
        await screen.page.click("button:has-text('Withdraw the return')")
        await screen.page.wait_for_url(f"**{at}?done=withdrawn")
        await office.until(quoted["return_id"], "withdrawn")
        await screen.open(at)
        assert "Ended here" in await screen.text("#facts")
        await screen.picture("return-withdrawn")


async def test_a_hold_is_decided_by_its_owner_only(office: Office, seen_by: Screens) -> None:
    held = await _held(office)
    at = f"/console/returns/{held['return_id']}"
    async with seen_by(Role.FINANCE) as screen:
        await screen.open(at)
        assert "Support decides" in await screen.text("#doing")
        assert await screen.page.locator("#doing button").count() == 0
    async with seen_by(Role.SUPPORT, scheme="dark", phone=True) as screen:
        await screen.open(at)
        assert "Waits for Support" in await screen.text("#facts")
        await screen.picture("return-held-phone-dark")
        await screen.check_open_to_all()
        await screen.page.click("button:has-text('I work on it')")
        await screen.page.wait_for_url("**?done=taken")
        await screen.open("/console/holds")
        assert "support, for" in await screen.text("tbody")
        await screen.picture("holds-phone-dark")
        await screen.open(at)
        await screen.page.fill(".hold [name=note]", "the carrier confirmed it")
        await screen.page.click("button:has-text('Credit what was lost')")
        await screen.page.wait_for_url("**?done=resolved")
        await office.until(held["return_id"], "closed")
        await screen.open(at)
        assert "the carrier confirmed it" in await screen.text("#story")
        await screen.picture("return-closed-phone-dark")
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open(at)
        await screen.picture("return-closed")


async def test_a_change_is_asked_for_and_answered_on_the_page(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open(f"/console/returns/{return_id}")
        await screen.page.click("summary:has-text('Ask for a change')")
        await screen.page.fill("[name=partial_refund]", "a bit")
        await screen.page.click("button:has-text('Ask for this amount')")
        await screen.page.wait_for_url("**?done=asked")
        assert "Refused" in await screen.text("section:has(#changes)")
        await screen.page.click("summary:has-text('Ask for a change')")
        await screen.picture("return-asking")
        await screen.check_open_to_all()


async def test_a_customer_is_shown_whole_for_a_reason_that_stays(office: Office, seen_by: Screens) -> None:
    return_id = (await office.started())["return_id"]
    contact = office.desk.world.contact
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open(f"/console/returns/{return_id}")
        assert contact.email not in await screen.page.content()
        await screen.page.click("summary:has-text('Show it whole')")
        await screen.page.fill("#contact-part [name=reason]", "call about the parcel")
        await screen.page.click("button:has-text('Show it')")
        await screen.page.wait_for_selector(f"text={contact.email}")
        await screen.picture("contact")
    async with seen_by(Role.AUDITOR) as screen:
        await screen.open(f"/console/audit?action=contact:unmask&subject={return_id}")
        assert "call about the parcel" in await screen.text("tbody")
        assert contact.email not in await screen.page.content()


async def test_a_page_renews_itself_when_its_return_moves(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open(f"/console/returns/{return_id}")
        await office.ask(Role.STOREFRONT, "POST", f"/returns/{return_id}/tracking", {"number": "T-77"})
        await screen.page.wait_for_selector("#story >> text=T-77")
        await screen.page.wait_for_selector("#beside >> text=T-77")


async def test_the_list_of_holds_renews_itself(office: Office, seen_by: Screens) -> None:
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open("/console/holds")
        held = await _held(office)
        await screen.page.wait_for_selector(f"tbody >> text={held['return_id']}")
        await screen.open("/console")
        assert held["return_id"] in await screen.text(".cards")
        await screen.picture("today")


async def test_a_form_somebody_is_at_is_left_as_it_is(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open(f"/console/returns/{return_id}")
        await screen.page.click("summary:has-text('Withdraw the return')")
        await screen.page.fill("input[name=reason]", "half a sent")
        await office.ask(Role.STOREFRONT, "POST", f"/returns/{return_id}/tracking", {"number": "T-78"})
        await screen.page.wait_for_selector("#story >> text=T-78")
        assert await screen.page.input_value("input[name=reason]") == "half a sent"
        await screen.page.wait_for_selector("text=This return has just changed")


async def test_without_scripts_a_return_is_read_and_acted_on(office: Office, seen_by: Screens) -> None:
    quoted = await office.started()
    at = f"/console/returns/{quoted['return_id']}"
    async with seen_by(Role.SUPPORT, script=False) as screen:
        await screen.open(f"/console/returns?text={quoted['return_id']}")
        await screen.page.click(f"a:has-text('{quoted['return_id']}')")
        assert "not confirmed" in await screen.text("#facts")
        await screen.page.click("button:has-text('Confirm 7.93')")
        assert "Confirmed for the customer." in await screen.text("[role=status]")
        assert at in screen.page.url


async def test_what_a_customer_was_told_is_read_with_the_returns_own_numbers(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open(f"/console/returns/{return_id}")
        await screen.page.wait_for_selector("section:has(#messages) a")
        await screen.page.click("section:has(#messages) a >> nth=0")
        await screen.page.wait_for_selector(".letter")
        assert office.desk.world.contact.name not in await screen.text()
        assert return_id in await screen.text()
        mail = screen.page.frame_locator("iframe.mail").locator("body")
        assert f"order #{return_id.split('-')[1]}. You will be credited €7.93" in await mail.inner_text()
        # Of no origin: what a template brings with it can ask for nothing in the reader's name.
        assert await mail.evaluate("() => self.origin") == "null"
        sent = await office.ask(Role.SUPPORT, "GET", "/console/notices/confirmation/en/page")
        assert {"sandbox", "default-src 'none'", "form-action 'none'"} <= set(
            sent.headers["content-security-policy"].split("; ")
        )
        await screen.check_open_to_all()
        await screen.picture("notice")
        await screen.page.click("text=Deutsch")
        await screen.page.click("text=A phone’s width")
        await screen.page.wait_for_selector("iframe.mail.narrow")
        assert "Bestellung" in await mail.inner_text()
        assert office.desk.world.contact.name not in await mail.inner_text()
        assert await mail.evaluate("() => innerWidth") < 390
        await screen.picture("notice-narrow")
        await screen.open("/console/notices")
        await screen.check_open_to_all()
        await screen.picture("notices")
