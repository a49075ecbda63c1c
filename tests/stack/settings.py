"""The least settings a test's worker needs: nothing in them is reached."""

from __future__ import annotations

from runtime.settings import Settings, read
from tests.stack.postgres import api_url

# What signs reports of undelivered notices.
BOUNCE_SECRET = "whsec_dGhlIHNlY3JldCBldmVyeSB0ZXN0IG1heSBrbm93"

LEAST = {
    "BACKHAUL_DATABASE__URL": "postgresql://nobody@127.0.0.1:1/none",
    "BACKHAUL_STOREFRONT__URL": "https://127.0.0.1:1",
    "BACKHAUL_STOREFRONT__CLIENT_ID": "id",
    "BACKHAUL_STOREFRONT__CLIENT_SECRET": "secret",
    "BACKHAUL_ERP__ACCOUNT": "TEST",
    "BACKHAUL_ERP__CONSUMER_KEY": "a",
    "BACKHAUL_ERP__CONSUMER_SECRET": "b",
    "BACKHAUL_ERP__TOKEN_ID": "c",
    "BACKHAUL_ERP__TOKEN_SECRET": "d",
    "BACKHAUL_NOTIFY__HOST": "127.0.0.1",
    "BACKHAUL_NOTIFY__SENDER": "returns@shop.example",
    "BACKHAUL_NOTIFY__BOUNCE_SECRET": BOUNCE_SECRET,
    "BACKHAUL_WEBHOOKS__KEYS": "test:dGhlIGtleSB0aGF0IGV2ZXJ5IHRlc3QgbWF5IGtub3c=",
    "BACKHAUL_WEBHOOKS__NEAR": "true",
}


def least_settings(**more: str) -> Settings:
    """The API's role is that of whatever database is named."""
    given = LEAST | more
    url = given["BACKHAUL_DATABASE__URL"]
    own = {"BACKHAUL_DATABASE__API_URL": api_url(url)} if url.startswith("postgresql") else {}
    return read(own | given, env_file=None)
