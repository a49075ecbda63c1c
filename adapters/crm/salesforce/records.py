"""A projection in Salesforce's words: what the mapping says of each field, and what links the records to each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.crm.mapping import Compiled, document, of_line
from adapters.crm.port import Projection
from adapters.crm.salesforce.settings import Profile, SalesforceSettings
from adapters.crm.wording import fit

KEY, LINE_KEY, VERSION = "Returns_Ref__c", "Returns_Line_Ref__c", "Return_Version__c"
CUSTOMER_KEY, ORDER_KEY, SKU_KEY = "Shop_Customer_Ref__c", "Shop_Order_Ref__c", "Shop_Sku__c"
CURRENCY, RECORD_TYPE = "CurrencyIsoCode", "RecordTypeId"
OBJECTS: dict[Profile, str] = {"return_order": "ReturnOrder", "case": "Case", "custom": "Return__c"}
LINES = "ReturnOrderLineItem"
# The fields that link a return to its account, contact and order.
LINKS: dict[Profile, tuple[str, str, str]] = {
    "return_order": ("AccountId", "ContactId", "OrderId"),
    "case": ("AccountId", "ContactId", ""),
    "custom": ("Account__c", "Contact__c", "Order__c"),
}
# What is filled here and not by a mapping.
RESERVED: Mapping[str, Collection[str]] = {
    "return": {VERSION, ORDER_KEY, RECORD_TYPE, *(name for links in LINKS.values() for name in links if name)},
    "line": {VERSION, "Product2Id", "ReturnOrderId"},
    "contact": {"AccountId"},
}


def shape(profile: Profile) -> dict[str, tuple[str, str]]:
    """The object and the key of each concept."""
    lines = {"line": (LINES, LINE_KEY)} if profile == "return_order" else {}
    return {
        "return": (OBJECTS[profile], KEY),
        **lines,
        "contact": ("Contact", CUSTOMER_KEY),
        "account": ("Account", CUSTOMER_KEY),
        "product": ("Product2", SKU_KEY),
    }


@dataclass(slots=True)
class Known:
    """What the org already has: record ids under the shop's keys, and the version each return is shown with."""

    returns: dict[str, tuple[str, int]] = field(default_factory=dict)
    contacts: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """whose() -> (contact, account)"""
    orders: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    lines: set[str] = field(default_factory=set)


def whose(projection: Projection) -> str:
    """The customer's key; a guest is known by the contact that was told to stand for them, if any."""
    return projection.customer_id or projection.contact_record or ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a projection writes, but for what has to be looked up: its own record, and one for each of its lines."""

    own: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...] = ()


def draft(projection: Projection, mapping: Compiled, settings: SalesforceSettings) -> Draft:
    """Raises Unmappable."""
    whole = document(projection)
    own = {
        KEY: projection.return_id,
        VERSION: projection.version,
        ORDER_KEY: fit(projection.order_id, 80),
        **mapping.own.record(whole),
    }
    if not settings.multi_currency:
        own.pop(CURRENCY, None)
    line = mapping.concepts.get("line")
    parts = range(1, len(projection.lines) + 1) if line is not None and line.mode.pushes else ()
    lines = tuple(line.record(of_line(whole, at)) for at in parts) if line is not None else ()
    return Draft(own, lines)


def header(projection: Projection, drafted: Draft, known: Known, mapping: Compiled, profile: Profile) -> dict[str, Any]:
    """The return's record. What is not known of customer or order is left out, never cleared."""
    contact, account = known.contacts.get(whose(projection), (None, None))
    found = (account, contact, known.orders.get(projection.order_id))
    links = {name: value for name, value in zip(LINKS[profile], found, strict=True) if name and value}
    if mapping.own.record_type and projection.return_id not in known.returns:
        links[RECORD_TYPE] = mapping.own.record_type
    return projection.agreed({**drafted.own, **links})


def line(projection: Projection, drafted: Draft, at: int, parent: str, known: Known) -> dict[str, Any] | None:
    """A return order's line; None for goods the org's catalogue does not have, which the header shows in words.

    ReturnOrderId can be given on create only, and a key in `known.lines` is an existing line."""
    part = projection.lines[at]
    product = known.products.get(part.sku)
    if product is None:
        return None
    record = {LINE_KEY: part.key, VERSION: projection.version, "Product2Id": product, **drafted.lines[at]}
    return record if part.key in known.lines else {**record, "ReturnOrderId": parent}


def account(projection: Projection, mapping: Compiled) -> dict[str, Any]:
    """For a customer the org does not know yet."""
    return {CUSTOMER_KEY: projection.customer_id, **mapping.concepts["account"].record(document(projection))}


def contact(projection: Projection, mapping: Compiled) -> dict[str, Any]:
    """The same; the caller adds the account."""
    return {CUSTOMER_KEY: projection.customer_id, **mapping.concepts["contact"].record(document(projection))}
