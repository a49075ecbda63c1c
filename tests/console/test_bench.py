"""What the warehouse does in the console, on a phone: find the return of a parcel, count it in, judge every unit."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Route

from security.roles import Role
from tests.api.office import KEYS, Office
from tests.console.browser import Screen
from tests.console.conftest import Screens

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _judge(screen: Screen, what: str, answer: str) -> None:
    """In two taps."""
    await screen.page.click(f"label.tap:has-text('{what}')")
    async with screen.page.expect_navigation():
        await screen.page.click(f"button:has-text('{answer}')")


async def test_a_parcel_is_found_counted_in_and_judged_in_two_taps_a_unit(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    async with seen_by(Role.WAREHOUSE, phone=True) as screen:
        await screen.open("/console/bench")
        await screen.picture("bench-phone")
        await screen.check_open_to_all()
        await screen.page.fill("#scan", return_id.split("-")[1])
        await screen.page.press("#scan", "Enter")
        await screen.page.wait_for_url(f"**/console/bench/{return_id}")
        assert await screen.page.input_value("[name='quantity.0']") == "2"
        await screen.picture("bench-parcel-phone")
        await screen.check_open_to_all()
        await screen.page.click("button:has-text('Count it in')")
        await screen.page.wait_for_url("**?done=received")
        assert "Waiting for a verdict: 2" in await screen.text()
        await screen.page.click("label.tap:has-text('Sell again')")
        await screen.picture("bench-verdict-phone")
        await screen.check_open_to_all()
        await screen.page.click("button:has-text('Credit it') >> visible=true")
        await screen.page.wait_for_url("**?done=inspected")
        assert "Waiting for a verdict: 1" in await screen.text()
        await screen.page.click("summary:has-text('Reason, photos')")
        await screen.page.fill("[name=note]", "handle is broken")
        await screen.page.fill("[name=photos]", "shelf 3/1.jpg\nshelf 3/2.jpg")
        await _judge(screen, "Scrap", "Credit it")
        assert "Waiting for a verdict" not in await screen.text()
    await office.until(return_id, "closed")
    story = (await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}/timeline")).json()["timeline"]
    assert [one["detail"]["photos"] for one in story if one["kind"] == "inspected"] == [
        "", "shelf 3/1.jpg,shelf 3/2.jpg",
    ]  # fmt: skip


async def test_of_several_returns_the_right_one_is_chosen(office: Office, seen_by: Screens) -> None:
    one, other = await office.confirmed(), await office.confirmed()
    async with seen_by(Role.WAREHOUSE, phone=True, scheme="dark") as screen:
        await screen.open("/console/bench?scan=mug")
        assert "Several returns fit" in await screen.text()
        assert await screen.page.locator(".picks a").evaluate_all("all => all.slice(0, 2).map(a => a.pathname)") == [
            f"/console/bench/{other}", f"/console/bench/{one}",
        ]  # fmt: skip
        await screen.check_open_to_all()
        await screen.picture("bench-several-phone-dark")
        await screen.open("/console/bench?scan=nobodys-number")
        assert "No return has this number" in await screen.text()
    async with seen_by(Role.WAREHOUSE, abroad=True) as screen:
        await screen.open(f"/console/bench?scan={one}")
        assert "No return has this number" in await screen.text()


async def test_what_is_never_credited_is_not_offered_to_be(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    await office.received(return_id)
    async with seen_by(Role.WAREHOUSE) as screen:
        await screen.open(f"/console/bench/{return_id}")
        await screen.page.click("label.tap:has-text('Wrong article')")
        assert not await screen.page.is_visible("button:has-text('Credit it')")
        await screen.page.fill("[name=quantity]", "2")
        # A scanner's Enter decides nothing.
        await screen.page.press("[name=quantity]", "Enter")
        await screen.picture("bench-verdict")
        await screen.page.click("button:has-text('Do not credit it')")
        await screen.page.wait_for_url("**?done=inspected")
    seen = (await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")).json()
    assert [(lot["quantity"], lot["acceptance"], lot["disposition"]) for lot in seen["lots"]] == [
        (2, "rejected", "wrong_item")
    ]


async def test_a_form_sent_twice_is_one_parcel_and_one_verdict(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    at = f"/console/bench/{return_id}"

    async def sent(where: str, **fields: str) -> str:
        headers = {"Authorization": f"Bearer {KEYS[Role.WAREHOUSE]}"}
        answer = await office.http.post(f"{at}/{where}", data=fields, headers=headers)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("done=")[2]

    parcel = {"receipt_id": "bench-1", "line.0": "70011", "quantity.0": "2"}
    assert [await sent("receipts", **parcel), await sent("receipts", **parcel)] == ["received", "received_again"]
    verdict = {"inspection_id": "v-1", "line_id": "70011", "quantity": "1", "disposition": "restock", "accepted": "yes"}
    assert [await sent("inspections", **verdict), await sent("inspections", **verdict)] == [
        "inspected", "inspected_again",
    ]  # fmt: skip
    seen = (await office.ask(Role.SUPPORT, "GET", f"/returns/{return_id}")).json()
    assert sorted((lot["quantity"], lot["acceptance"]) for lot in seen["lots"]) == [(1, "accepted"), (1, "pending")]


async def test_what_could_not_be_sent_is_kept_and_sent_again_once(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    async with seen_by(Role.WAREHOUSE, phone=True) as screen:

        async def lose_the_answer(route: Route) -> None:
            await route.fetch()
            await route.abort("connectionreset")

        await screen.open(f"/console/bench/{return_id}")
        await screen.page.route(re.compile("/receipts$"), lose_the_answer)
        await screen.page.click("button:has-text('Count it in')")
        await screen.page.wait_for_selector("text=is kept on this device and not sent yet")
        assert "no connection" in await screen.text("[data-unsent]")
        await screen.picture("bench-unsent-phone")
        await screen.check_open_to_all()
        assert ["failed" in trouble for trouble in screen.troubles] == [True]
        screen.troubles.clear()
        await screen.page.unroute(re.compile("/receipts$"))
        # Also on another page, later.
        await screen.open("/console/bench")
        await screen.page.click("button:has-text('Send again')")
        await screen.page.wait_for_url(f"**/console/bench/{return_id}?done=received_again")
        assert "Nothing was counted twice" in await screen.text("[role=status]")
        assert not await screen.page.is_visible("[data-unsent]")
        assert "1 parcel counted in" in await screen.text()


async def test_what_is_refused_is_told_where_it_was_typed(office: Office, seen_by: Screens) -> None:
    return_id = await office.confirmed()
    async with seen_by(Role.WAREHOUSE, phone=True) as screen:
        await screen.open(f"/console/bench/{return_id}")
        await screen.page.fill("[name='quantity.0']", "0")
        screen.expected.add(400)
        await screen.page.click("button:has-text('Count it in')")
        await screen.page.wait_for_selector("form .note.bad")
        assert "nowhere above zero" in await screen.text("form .note.bad")
        assert await screen.page.input_value("[name='quantity.0']") == "0"
        assert await screen.page.is_enabled("button:has-text('Count it in')")
