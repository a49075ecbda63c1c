"""The section of the shop."""

from typing import Literal

from pydantic import (
    Field,
    SecretStr,
)

from runtime.sections.section import Address, Section


class Shopify(Section):
    kind: Literal["shopify"] = "shopify"
    url: Address = Field(description="the shop's address, such as https://your-shop.myshopify.com")
    api_version: str = Field(
        default="2026-07", pattern=r"^\d{4}-\d{2}$", description="the Admin API version, such as 2026-07"
    )
    client_id: str = Field(description="the client id of the app in Shopify's Dev Dashboard")
    client_secret: SecretStr = Field(description="the client secret of that app; it also signs the shop's webhooks")
    location: str | None = Field(
        default=None, description="the id of the location that takes returns, when not the shop's first"
    )
