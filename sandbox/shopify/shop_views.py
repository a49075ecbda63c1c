"""The shop itself, the app installed in it and its scopes, as the schema shows them."""

from typing import Any

from sandbox.shopify import scopes
from sandbox.shopify.gids import gid, node
from sandbox.shopify.shop import Shop

View = dict[str, Any]


def shop_view(shop: Shop) -> View:
    name = shop.world.credentials.shopify.shop
    domain = f"{name}.myshopify.com"
    url = f"https://{domain}"
    return node(
        "Shop",
        1,
        name=name,
        email=f"owner@{name}.example",
        contactEmail=f"owner@{name}.example",
        shopOwnerName="Sandbox Owner",
        myshopifyDomain=domain,
        primaryDomain={"__typename": "Domain", "id": gid("Domain", 1), "host": domain, "url": url, "sslEnabled": True},
        url=url,
        plan={"partnerDevelopment": True, "shopifyPlus": False, "publicDisplayName": "Development"},
        currencyCode="EUR",
        enabledPresentmentCurrencies=["EUR"],
        ianaTimezone="Etc/UTC",
        timezoneAbbreviation="UTC",
        timezoneOffset="+0000",
        timezoneOffsetMinutes=0,
        taxesIncluded=False,
        taxShipping=True,
        unitSystem="METRIC_SYSTEM",
        weightUnit="KILOGRAMS",
        orderNumberFormatPrefix="#",
        orderNumberFormatSuffix="",
        createdAt="2026-01-01T00:00:00Z",
        updatedAt="2026-01-01T00:00:00Z",
    )


def app_view(shop: Shop) -> View:
    return node("App", 1, title="Sandbox app", handle="sandbox-app", apiKey=shop.world.credentials.shopify.client_id)


def installation_view(shop: Shop) -> View:
    return node(
        "AppInstallation",
        1,
        app=app_view(shop),
        accessScopes=[
            {"handle": one, "description": one.replace("_", " ").capitalize()} for one in scopes.granted(shop)
        ],
    )
