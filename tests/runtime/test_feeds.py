"""From the settings of an org to what tells its changes; nothing is asked of the org until that is."""

from __future__ import annotations

import pytest

from adapters.crm.port import Watch
from adapters.crm.salesforce import SalesforceFeed
from runtime import sections
from runtime.wiring.vendors import feed, salesforce
from tests.stack.sandbox import Sandbox
from tests.stack.settings import least_settings

_PUBLIC = "api.pubsub.salesforce.com:7443"


@pytest.mark.parametrize(
    ("url", "pubsub", "expected"),
    [
        ("https://acme.my.salesforce.com", None, _PUBLIC),
        ("https://acme--uat.sandbox.my.salesforce.com", None, _PUBLIC),
        ("https://acme.my.salesforce.com", "off", None),
        ("https://acme.my.salesforce.com", "api.deu.pubsub.salesforce.com:7443", "api.deu.pubsub.salesforce.com:7443"),
        ("https://localhost:20103", None, None),
        ("https://localhost:20103", "localhost:20107", "localhost:20107"),
        ("https://salesforce.com.elsewhere.example", None, None),
    ],
)
async def test_an_org_has_the_bus_that_is_set_or_the_platforms_own(
    url: str, pubsub: str | None, expected: str | None
) -> None:
    section = sections.Salesforce.model_validate(
        {"kind": "salesforce", "url": url, "client_id": "a", "client_secret": "b", "pubsub": pubsub}
    )
    assert salesforce(section, None).pubsub == expected
    made = feed(section, None)
    assert isinstance(made, SalesforceFeed)
    assert (made.bus is None) == (expected is None)
    await made.aclose()


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

    made = feed(settings.crm["field"], sandbox.ca_file)

    assert await made.alive(Watch("contact", "bh_customerref", ("lastname",)))
    await made.aclose()
