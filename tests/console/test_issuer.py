"""People of a company's own issuer sign in at the console by it: a code with PKCE, in a browser, there and back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from api.app import build
from runtime.embedded import ports
from tests.api.office import Office
from tests.api.people import with_issuer
from tests.console.browser import Screen, screen
from tests.stack.api import serving
from tests.stack.sandbox import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def address(staff: Office, sandbox: Sandbox) -> AsyncIterator[str]:
    """Where nobody has a password of ours, as outside of the embedded stack."""
    sandbox.heal()
    (port,) = ports.free(1)
    settings = with_issuer(staff.settings, sandbox, f"http://127.0.0.1:{port}")
    async with serving(build(settings.model_copy(update={"logins": {}})), port) as (_, base):
        yield base


async def _at_issuer(screen: Screen, sandbox: Sandbox, login: str) -> None:
    await screen.page.wait_for_url(f"{sandbox.url('oidc')}/**")
    await screen.page.select_option("#login", login)
    await screen.page.fill("#password", sandbox.credentials["oidc"]["password"])
    await screen.page.click("button:has-text('Sign in')")


async def test_whoever_the_issuer_knows_is_signed_in_with_their_role_and_out_again(
    office: Office, address: str, sandbox: Sandbox, browser: Browser
) -> None:
    at = f"{address}/console/returns/{(await office.started())['return_id']}"
    async with screen(browser, address, None, any_authority=True, zone="Asia/Kolkata") as one:
        await one.page.goto(at)
        await _at_issuer(one, sandbox, "finn")
        await one.page.wait_for_url(at)
        assert "Finn Finance" in await one.text(".me")
        # Who is elsewhere reads times of their own clock.
        assert "GMT+5:30" in await one.text("#story")
        assert await one.page.locator("nav a:has-text('Money')").count() == 1
        await one.page.click("button:has-text('Sign out')")
        await one.page.wait_for_url("**/sign-in/ended")
        await one.picture("signed-out")
        await one.page.click("text=Sign in again")
        one.expected.add(401)
        await _at_issuer(one, sandbox, "nora")
        await one.page.wait_for_selector("text=You are not signed in")
        assert "an account needs a role here" in await one.text()
        await one.picture("sign-in-refused")
        await one.check_open_to_all()
        await one.page.click("text=Sign in with your company’s account")
        await one.page.wait_for_url(f"{sandbox.url('oidc')}/**")
