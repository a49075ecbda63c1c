"""A projection in Salesforce's words: what the mapping says of each field, and what links the records to each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.crm.mapping import Compiled, Unfit, Unmappable, document, of_line
from adapters.crm.mapping.steps.ids import id18
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
    """customer id -> (contact, account)"""
    orders: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    lines: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a projection writes, but for what has to be looked up: its own record, and one for each of its lines.
    `contact` and `account` are those that identity resolution found, in 18 characters."""

    own: Mapping[str, Any]
    lines: tuple[Mapping[str, Any], ...] = ()
    contact: str | None = None
    account: str | None = None


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
    return Draft(own, lines, _wide(projection.contact_record), _wide(projection.account_record))


def _wide(record: str | None) -> str | None:
    try:
        return id18(record) if record else None
    except Unfit as error:
        raise Unmappable("the customer's link", str(error)) from None


def contact_of(projection: Projection, drafted: Draft, known: Known) -> str | None:
    """The contact identity resolution found; else the one under the customer's key."""
    return drafted.contact or known.contacts.get(projection.customer_id, (None, None))[0]


def header(projection: Projection, drafted: Draft, known: Known, mapping: Compiled, profile: Profile) -> dict[str, Any]:
    """The return's record. What is not known of customer or order is left out, never cleared."""
    account = drafted.account
    if account is None and drafted.contact is None:
        # Beside a contact that was found, the account under the customer's key may be somebody else's.
        account = known.contacts.get(projection.customer_id, (None, None))[1]
    found = (account, contact_of(projection, drafted, known), known.orders.get(projection.order_id))
    links = {name: value for name, value in zip(LINKS[profile], found, strict=True) if name and value}
    if mapping.own.record_type and projection.return_id not in known.returns:
        links[RECORD_TYPE] = mapping.own.record_type
    return {**drafted.own, **links}


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
