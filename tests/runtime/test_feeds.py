"""A CRM section becomes the feed of its org, and nothing is asked of the org until the feed is."""

from __future__ import annotations

from adapters.crm.port import Watch
from runtime.wiring import vendors
from tests.stack.sandbox import Sandbox
from tests.stack.settings import least_settings


async def test_a_dynamics_section_becomes_a_feed_that_signs_in_with_it(sandbox: Sandbox) -> None:
    known = sandbox.credentials["dynamics"]
    settings = least_settings(
        BACKHAUL_CRM__FIELD__KIND="dynamics",
        BACKHAUL_CRM__FIELD__URL=sandbox.url("dynamics"),
        BACKHAUL_CRM__FIELD__AUTHORITY=sandbox.url("dynamics"),
        BACKHAUL_CRM__FIELD__TENANT=known["tenant"],
        BACKHAUL_CRM__FIELD__CLIENT_ID=known["client_id"],
        BACKHAUL_CRM__FIELD__CLIENT_SECRET=known["client_secret"],
    )

    feed = vendors.feed(settings.crm["field"], sandbox.ca_file)

    assert await feed.alive(Watch("contact", "bh_customerref", ("lastname",)))
    await feed.aclose()
