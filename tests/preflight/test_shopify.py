"""The Shopify preflight against the sandbox's shop: nothing wrong with it, then one thing after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.storefront.shopify.preflight import ShopifyPreflight
from adapters.storefront.shopify.preflight.checks import SCOPES
from domain.preflight import State
from tests.adapters.shopify_case import settings
from tests.preflight.looking import Broken, findings, named, wrong
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

GRANTS, SETUP = "/shopify/scopes", "/shopify/setup"
ALL = [*SCOPES, "read_all_orders"]
SUBSCRIBE = """
mutation Subscribe($uri: String!) {
  webhookSubscriptionCreate(topic: RETURNS_REQUEST, webhookSubscription: {uri: $uri}) {
    webhookSubscription { id } userErrors { message }
  }
}
"""
UNSUBSCRIBE = """
mutation Unsubscribe($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } }
}
"""


def scope(name: str, seen: str = "no scope", mend: str = "add", state: State = State.FAILED) -> Broken:
    return Broken(name, seen, mend, GRANTS, {"scopes": [one for one in ALL if one != name]}, {}, state=state)


BROKEN = [
    Broken("sign-in", "not accepted", "BACKHAUL_STOREFRONT__CLIENT_SECRET", settings={"client_secret": "wrong"}),
    Broken("2020-01", "in place of 2020-01", "BACKHAUL_STOREFRONT__API_VERSION", settings={"api_version": "2020-01"}),
    scope("write_orders"),
    scope("read_payment_terms"),
    scope("read_all_orders", "older than 60 days", "ask Shopify", State.WARNING),
    Broken("999", "no location 999", "BACKHAUL_STOREFRONT__LOCATION", settings={"location": "999"}),
    Broken("other-reason", "no return reason", "restore", SETUP, {"without_reasons": ["other-reason"]}, {}),
    Broken(
        "too-small", "other-reason is used", "leave it",
        SETUP, {"without_reasons": ["too-small"]}, {}, state=State.WARNING,
    ),
    Broken(
        "MUG-8890001", "is not tracked", "track its quantity",
        SETUP, {"untracked": ["MUG-8890001"]}, {}, state=State.WARNING,
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A shop of its own: only its first articles are looked at, and others' tests would fill it with theirs."""
    one = Sandbox(tmp_path_factory.mktemp("shop"))
    one.start()
    yield one
    one.stop()


@pytest.fixture(autouse=True)
def _whole(sandbox: Sandbox) -> None:
    sandbox.heal()


@pytest.fixture(scope="module", autouse=True)
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    """Articles to look at, and the webhook where it belongs."""
    sandbox.seed(order(8_890_001))
    with Shop(sandbox) as one:
        subscribe(one)
        yield one
        unsubscribe(one)


def subscribe(shop: Shop) -> None:
    shop.do(SUBSCRIBE, uri="https://returns.example/webhooks/shopify")


def unsubscribe(shop: Shop) -> None:
    known = shop.data("{ webhookSubscriptions(first: 50) { nodes { id uri } } }")["webhookSubscriptions"]["nodes"]
    [own] = [each["id"] for each in known if each["uri"].endswith("/webhooks/shopify")]
    shop.do(UNSUBSCRIBE, id=own)


@pytest.fixture
def struck(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Broken]:
    broken: Broken = request.param
    broken.strike(sandbox)
    yield broken
    broken.mended(sandbox)


def looked_at(sandbox: Sandbox, **more: Any) -> ShopifyPreflight:
    return ShopifyPreflight(replace(settings(sandbox), **more))


async def test_nothing_is_wrong_with_the_sandboxs_shop(sandbox: Sandbox) -> None:
    assert {each.state for each in await findings(looked_at(sandbox))} == {State.OK}


@pytest.mark.parametrize("struck", BROKEN, indirect=True, ids=lambda each: f"{each.about} {each.seen}")
async def test_what_is_broken_is_named_with_its_mend(sandbox: Sandbox, struck: Broken) -> None:
    found = await wrong(looked_at(sandbox, **struck.settings))

    assert len(found) == 1, found
    named(found, struck)


async def test_a_webhook_that_goes_elsewhere_is_warned_of(sandbox: Sandbox, shop: Shop) -> None:
    unsubscribe(shop)
    try:
        [found] = await wrong(looked_at(sandbox))
    finally:
        subscribe(shop)

    assert found.state is State.WARNING
    assert "/webhooks/shopify" in found.mend


async def test_articles_that_are_not_stocked_where_returns_go_are_warned_of(sandbox: Sandbox, shop: Shop) -> None:
    places = shop.data("{ locations(first: 5) { nodes { legacyResourceId } } }")["locations"]["nodes"]
    elsewhere = str(places[-1]["legacyResourceId"])
    found = await wrong(looked_at(sandbox, location=elsewhere))

    assert "MUG-8890001" in {each.about for each in found}
    assert all(f"not stocked at location {elsewhere}" in each.seen for each in found)
