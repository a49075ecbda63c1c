"""A projection in Salesforce's words: ReturnOrder with its lines, Case, or Return__c."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from adapters.crm.port import Projection, ProjectionLine
from adapters.crm.salesforce.settings import SalesforceSettings
from adapters.crm.wording import GIVEN_UP, amount, currency, fit, lines_in_words, moment, names, title

KEY, LINE_KEY, VERSION = "Returns_Ref__c", "Returns_Line_Ref__c", "Return_Version__c"
CUSTOMER_KEY, ORDER_KEY, SKU_KEY = "Shop_Customer_Ref__c", "Shop_Order_Ref__c", "Shop_Sku__c"
OBJECTS = {"return_order": "ReturnOrder", "case": "Case", "custom": "Return__c"}

_ORDER_STATUS = {"requested": "Submitted", "quoted": "Submitted", "closed": "Closed"}
_CASE_STATUS = {"requested": "New", "quoted": "New", "closed": "Closed"}
_REASONS = {"wrong_item": "Wrong Item", "damaged": "Damaged", "defective": "Defective", "other": "Other"}
_TEXT, _LONG = 255, 32000


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


def header(projection: Projection, known: Known, settings: SalesforceSettings) -> dict[str, Any]:
    """The return's record. What is not known of customer or order is left out, never cleared."""
    record = _shared(projection)
    if settings.multi_currency and (code := currency(projection)):
        record["CurrencyIsoCode"] = code
    contact, account = known.contacts.get(whose(projection), (None, None))
    order = known.orders.get(projection.order_id)
    links = {"AccountId": account, "ContactId": contact, "OrderId": order}
    if settings.profile == "return_order":
        record |= {"Status": _order_status(projection), "Description": fit(title(projection), _LONG)}
    elif settings.profile == "case":
        del links["OrderId"]
        record |= _case(projection)
    else:
        links = {"Account__c": account, "Contact__c": contact, "Order__c": order}
        record["Name"] = fit(projection.return_id, 80)
    return projection.agreed(record | {name: value for name, value in links.items() if value})


def line(projection: Projection, part: ProjectionLine, parent: str, known: Known) -> dict[str, Any] | None:
    """A return order's line; None for goods the org's catalogue does not have, which the header shows in words.

    ReturnOrderId can be given on create only, and a key in `known.lines` is an existing line."""
    product = known.products.get(part.sku)
    if product is None:
        return None
    record: dict[str, Any] = {
        LINE_KEY: part.key,
        VERSION: projection.version,
        "Product2Id": product,
        "Description": fit(part.title, _LONG),
        "QuantityReturned": part.requested,
        "QuantityExpected": part.requested,
        "QuantityReceived": part.received,
        "QuantityRejected": part.rejected,
        "Quantity_Accepted__c": part.accepted,
        "ReasonForReturn": _REASONS.get(part.reason, "Not Satisfied"),
        "RepaymentMethod": "Refund",
    }
    return record if part.key in known.lines else {**record, "ReturnOrderId": parent}


def account(projection: Projection) -> dict[str, Any]:
    """For a customer the org does not know yet."""
    name = projection.company or projection.contact_name or projection.customer_id
    return {CUSTOMER_KEY: projection.customer_id, "Name": fit(name, _TEXT)}


def contact(projection: Projection, account_id: str) -> dict[str, Any]:
    first, last = names(projection)
    return {
        CUSTOMER_KEY: projection.customer_id,
        "FirstName": fit(first, 40),
        "LastName": fit(last, 80),
        "Email": projection.contact_email or None,
        "AccountId": account_id,
    }


def _shared(projection: Projection) -> dict[str, Any]:
    return {
        KEY: projection.return_id,
        VERSION: projection.version,
        "Return_Stage__c": fit(projection.stage, 80),
        "Customer_Stage__c": fit(projection.customer_stage, 80),
        "Return_Reason__c": fit(projection.reason, 80),
        "Hold_Reason__c": fit(projection.hold, _TEXT),
        "Next_Step__c": fit(projection.next_step, _TEXT),
        "Quoted_Amount__c": amount(projection.quoted),
        "Credited_Amount__c": amount(projection.credited),
        "Refund_Amount__c": amount(projection.paid),
        ORDER_KEY: fit(projection.order_id, 80),
        "Return_Lines__c": fit(lines_in_words(projection), _LONG),
        "Return_Updated_At__c": moment(projection.changed_at),
    }


def _case(projection: Projection) -> dict[str, Any]:
    return {
        "Subject": fit(title(projection), _TEXT),
        "Status": _case_status(projection),
        "Priority": "High" if projection.hold else "Medium",
        "Origin": "Web",
        "Description": fit(lines_in_words(projection), _LONG),
        "SuppliedName": fit(projection.contact_name, 80),
        "SuppliedEmail": projection.contact_email or None,
        "SuppliedCompany": fit(projection.company, 80),
    }


def _order_status(projection: Projection) -> str:
    """Never Draft: with Order Management a new return order must be in an activated status."""
    return "Canceled" if projection.stage in GIVEN_UP else _ORDER_STATUS.get(projection.stage, "Approved")


def _case_status(projection: Projection) -> str:
    if projection.stage in GIVEN_UP:
        return "Closed"
    status = _CASE_STATUS.get(projection.stage, "Working")
    return "Escalated" if projection.hold and status != "Closed" else status
