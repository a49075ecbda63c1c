"""Which account, how to log in, and what this account calls the things we need."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.secrets import Given
from domain.inventory import StockState


@dataclass(frozen=True, slots=True)
class Certificate:
    """OAuth 2.0 client credentials: the integration's client id, the certificate's id, its private key in PEM."""

    client_id: str
    certificate_id: str
    private_key_pem: Given = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Token-based authentication: the integration's consumer key and secret, a token's id and secret."""

    consumer_key: str
    consumer_secret: Given = field(repr=False)
    token_id: str
    token_secret: Given = field(repr=False)


@dataclass(frozen=True, slots=True)
class Names:
    """What an account may call differently, and what Oracle's public pages leave open. Check each on a real account.

    - `order_field`, `line_field`, `warranty_field`: custom fields of the account that carry the storefront's ids.
    - `source_line`: the field by which a transform's line names the line it comes from. Integrators use orderLine; one
      vendor page speaks of transactionline.uniquekey for itemFulfillment.
    - `tax_reference`: the field that ties a line to its tax details; SuiteTax must be on.
    - `shipping_item`, `fee_item`, `price_item`: service items by external id (or internal id, when it is a number). A
      return authorization has no shipping cost of its own in REST 2026.1, so shipping given back is a line of an item;
      fees are lines of another, with negative amounts; and so is what a forfeited bundle price or promotion takes off,
      or gives back later. `price_item` should post to the account that discounts post to.
    - `statuses`: inventory statuses by name; all but the first must have "Make Inventory Available" off.
    - `closed_period`: words of the error that says a period is closed; NetSuite gives it no code of its own.
    - `already_there`: words of the error for an external id that is taken.
    """

    order_field: str = "custbody_storefront_order"
    line_field: str = "custcol_storefront_line"
    warranty_field: str = "custcol_warranty_until"
    source_line: str = "orderLine"
    tax_reference: str = "taxDetailsReference"
    shipping_item: str = "item-SHIPPING"
    fee_item: str = "item-RETURN-FEE"
    price_item: str = "item-RETURN-PRICE"
    base_currency: str = "EUR"
    location: str = "1"
    adjustment_account: str = "1"
    inspection_status: str = "Inspection"
    statuses: dict[StockState, str] = field(
        default_factory=lambda: {
            StockState.AVAILABLE: "Good",
            StockState.QUARANTINED: "Quarantine",
            StockState.SCRAPPED: "Scrap",
        }
    )
    closed_period: tuple[str, ...] = ("not within an open accounting period", "in a closed period")
    already_there: tuple[str, ...] = ("already exists",)


@dataclass(frozen=True, slots=True)
class NetSuiteSettings:
    """`base_url` is https://{account}.suitetalk.api.netsuite.com in production, the account in lower case with hyphens.

    `concurrency` is our share of the account's limit, which all its integrations use together.
    """

    account: str
    base_url: str
    login: Certificate | AccessToken
    ca_file: str | None = None
    concurrency: int = 10
    names: Names = field(default_factory=Names)
