"""How people come in and leave, in a browser with nothing but a cookie; what they send carries the page's proof."""

from __future__ import annotations

import pytest

from security.roles import Role
from tests.api.office import PASSWORD, Office
from tests.console.conftest import Screens

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_whoever_is_not_signed_in_signs_in_and_is_where_they_wanted_to_be(
    office: Office, seen_by: Screens
) -> None:
    quoted = await office.started()
    at = f"/console/returns/{quoted['return_id']}"
    async with seen_by(None) as screen:
        screen.expected.add(401)
        await screen.page.goto(screen.base + at)
        assert "Sign in" in await screen.text("h1")
        await screen.check_open_to_all()
        await screen.picture("sign-in")
        await screen.page.select_option("#user", Role.SUPPORT)
        await screen.page.fill("#password", "not it")
        await screen.page.click("button:has-text('Sign in')")
        assert "You are not signed in" in await screen.text("[role=alert]")
        await screen.page.select_option("#user", Role.SUPPORT)
        await screen.page.fill("#password", PASSWORD)
        await screen.page.click("button:has-text('Sign in')")
        await screen.page.wait_for_url(f"**{at}")
        await screen.page.click("summary:has-text('Withdraw the return')")
        await screen.page.fill("input[name=reason]", "half a sentence")
        await screen.page.check("[name=sure] >> visible=true")
        await office.ask(Role.IT_ADMIN, "POST", "/sessions/ending", {"person": "support", "why": "a test"})
        await screen.page.click("button:has-text('Withdraw the return')")
        assert "What you typed is kept" in await screen.text()
        await screen.picture("session-ended")
        await screen.page.click("main a:has-text('Sign in')")
        await screen.page.select_option("#user", Role.SUPPORT)
        await screen.page.fill("#password", PASSWORD)
        await screen.page.click("button:has-text('Sign in')")
        await screen.page.wait_for_url(f"**{at}")
        assert await screen.page.input_value("input[name=reason]") == "half a sentence"
        assert not await screen.page.is_checked("[name=sure] >> visible=true")
        await screen.picture("typed-again")
        await screen.page.click("button:has-text('Confirm 7.93')")
        await screen.page.wait_for_url("**?done=confirmed")
        await screen.page.wait_for_selector("#facts >> text=Awaiting goods")
        await screen.page.click("button:has-text('Sign out')")
        await screen.page.wait_for_url("**/sign-in/ended")
        await screen.page.goto(screen.base + at)
        assert "/sign-in" in screen.page.url


async def test_a_form_without_the_pages_proof_changes_nothing(office: Office, seen_by: Screens) -> None:
    quoted = await office.started()
    async with seen_by(None, script=False) as screen:
        await screen.page.goto(f"{screen.base}/sign-in?to=/console/returns/{quoted['return_id']}")
        await screen.page.select_option("#user", Role.SUPPORT)
        await screen.page.fill("#password", PASSWORD)
        await screen.page.click("button:has-text('Sign in')")
        await screen.page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(one => one.remove())")
        screen.expected.add(403)
        await screen.page.click("button:has-text('Confirm 7.93')")
        assert "This form is not of this session" in await screen.text()
    now = await office.ask(Role.SUPPORT, "GET", f"/returns/{quoted['return_id']}")
    assert now.json()["stage"] == "quoted"
