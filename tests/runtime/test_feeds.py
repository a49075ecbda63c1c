"""From the settings of an org to what tells its changes."""

from __future__ import annotations

import pytest

from runtime import sections
from runtime.wiring.vendors import feed, salesforce

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
    assert (made.bus is None) == (expected is None)
    await made.aclose()
