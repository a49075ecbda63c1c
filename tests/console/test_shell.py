"""What every page of the console has: ways by role, colours, errors in plain words, and room for everybody."""

from __future__ import annotations

import pytest

from security.roles import Role
from tests.api.office import Office
from tests.console.conftest import Screens

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_support_finds_a_return_by_its_order(office: Office, seen_by: Screens) -> None:
    quoted = await office.started()
    async with seen_by(Role.SUPPORT) as screen:
        await screen.open("/console/returns")
        await screen.page.fill("#text", quoted["return_id"])
        await screen.page.click("text=Search")
        assert quoted["return_id"] in await screen.text()
        await screen.picture("returns")
        await screen.check_open_to_all()
        await screen.open("/console")
        await screen.picture("today")
        await screen.open("/console/holds")
        await screen.picture("holds")
    async with seen_by(Role.SUPPORT, scheme="dark", phone=True) as screen:
        await screen.open("/console/returns")
        await screen.picture("returns-phone-dark")
        await screen.check_open_to_all()
        await screen.open("/console/nowhere", 404)
        await screen.picture("nothing-here")
