"""What every page of the console has: ways by role, colours, errors in plain words, and room for everybody."""

from __future__ import annotations

import re

import pytest

from api.console.navigation import WAYS
from security.roles import ALLOWED, Action, Role
from tests.api.office import Office
from tests.console.conftest import Screens

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_support_finds_a_return_by_what_is_at_hand(office: Office, seen_by: Screens) -> None:
    quoted = await office.started()
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open("/console/returns")
        await screen.page.fill("#text", quoted["return_id"])
        await screen.page.press("#text", "Enter")
        await screen.page.wait_for_url("**text=**")
        assert await screen.page.locator("tbody tr").count() == 1
        assert quoted["return_id"] in await screen.text("tbody")
        await screen.open(f"/console/returns?text={quoted['return_id']}&stage=closed")
        assert "No return fits" in await screen.text()
        await screen.check_open_to_all()
        await screen.picture("returns-none")


async def test_each_role_is_shown_its_ways_and_kept_from_others(seen_by: Screens, office: Office) -> None:
    for role in Role:
        if role in ALLOWED[Action.CONSOLE_OPEN]:
            page = await office.ask(role, "GET", "/console")
            shown = set(re.findall(r'<li><a href="([^"]+)"', page.text))
            assert shown == {way.path for way in WAYS if role in ALLOWED[way.action]}, role
    async with seen_by(Role.FINANCE) as screen:
        await screen.open("/console/audit", 403)
        assert "You may not do this" in await screen.text()


async def test_a_return_of_another_country_is_not_there(office: Office, seen_by: Screens) -> None:
    return_id = (await office.started())["return_id"]
    async with seen_by(Role.SUPPORT, abroad=True) as screen:
        await screen.open(f"/console/returns/{return_id}", 404)
        assert "There is nothing here" in await screen.text()
        await screen.picture("nothing-here")
        await screen.check_open_to_all()
        await screen.open(f"/console/returns?text={return_id}")
        assert return_id not in await screen.text("section")


async def test_what_comes_too_late_is_told_with_a_way_back(office: Office, seen_by: Screens) -> None:
    quoted = await office.started()
    at = f"/console/returns/{quoted['return_id']}"
    async with seen_by(Role.SUPPORT, script=False) as screen:
        await screen.open(at)
        await office.ask(Role.STOREFRONT, "POST", f"/returns/{quoted['return_id']}/withdrawal", {})
        await office.until(quoted["return_id"], "withdrawn")
        screen.expected.add(409)
        await screen.page.click("button:has-text('Confirm 7.93')")
        assert "The return has moved on" in await screen.text()
        await screen.picture("too-late")
        await screen.page.click("text=Back to the return")
        assert screen.page.url.endswith(at)


async def test_colours_are_chosen_and_kept(seen_by: Screens, office: Office) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    async with seen_by(Role.AUDITOR, script=False) as screen:
        await screen.open("/console/returns")
        light = await screen.page.evaluate(ground)
        await screen.page.click("button:has-text('Dark')")
        assert screen.page.url.endswith("/console/returns")
        assert await screen.page.evaluate(ground) != light
        await screen.open("/console")
        assert await screen.page.evaluate(ground) != light
        assert await screen.page.get_attribute("button:has-text('Dark')", "aria-pressed") == "true"


async def test_the_keyboard_reaches_the_content_first(seen_by: Screens, office: Office) -> None:
    async with seen_by(Role.FINANCE) as screen:
        await screen.open("/console")
        await screen.page.keyboard.press("Tab")
        assert await screen.page.evaluate("document.activeElement.textContent") == "Skip to the content"
        await screen.page.keyboard.press("Enter")
        assert await screen.page.evaluate("document.activeElement.id") == "content"


async def test_returns_are_narrowed_down_by_what_holds_them(office: Office) -> None:
    lost, other = await office.confirmed(), await office.confirmed()
    await office.ask(Role.SUPPORT, "POST", f"/returns/{lost}/losses", {})
    while lost not in (await office.ask(Role.SUPPORT, "GET", "/console/returns?hold=parcel_lost&held=yes")).text:
        pass
    assert other not in (await office.ask(Role.SUPPORT, "GET", "/console/returns?hold=parcel_lost")).text
    for none in (f"?text={lost}&hold=disputed", f"?text={lost}&held=no", f"?text={lost}&older_than_days=1"):
        assert "No return fits" in (await office.ask(Role.SUPPORT, "GET", f"/console/returns{none}")).text
    for wrong in ("?stage=nowhere", "?older_than_days=-1", "?older_than_days=soon"):
        assert (await office.ask(Role.SUPPORT, "GET", f"/console/returns{wrong}")).status_code == 400


async def test_older_returns_are_a_page_further(
    office: Office, seen_by: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = [(await office.started())["return_id"] for _ in range(3)]
    monkeypatch.setattr("api.console.searching._A_PAGE", 2)
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open("/console/returns?region=DE")
        assert newer[2] in await screen.text("tbody")
        assert newer[0] not in await screen.text("tbody")
        await screen.page.click("text=Older ones")
        assert newer[0] in await screen.text("tbody")
        assert "region=DE" in screen.page.url


async def test_files_of_the_console_are_kept_by_browsers_until_they_change(office: Office) -> None:
    page = await office.ask(Role.SUPPORT, "GET", "/console")
    (sheet,) = (part.split('"')[0] for part in page.text.split('href="') if part.split('"')[0].endswith(".css"))
    kept = await office.http.get(sheet)
    assert (kept.status_code, kept.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in kept.headers["cache-control"]
    older = await office.http.get("/console/static/000000000000/console.css")
    assert (older.status_code, older.headers["cache-control"]) == (200, "no-cache")
    for nothing in ("/console/static/0/NOTICE.md", "/console/static/0/..%2Fassets.py", "/console/static/0/x.css"):
        assert (await office.http.get(nothing)).status_code == 404
