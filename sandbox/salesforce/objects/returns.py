"""ReturnOrder, ReturnOrderLineItem and Return__c, with the custom fields a return hub adds to an org."""

from __future__ import annotations

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.schema import SYSTEM_FIELDS, Field, Record, SObject, currency, number, reference

STATUSES = ("Draft", "Submitted", "Approved", "Canceled", "Closed")
REASONS = (
    "Damaged",
    "Defective",
    "Duplicate Order",
    "Wrong Item",
    "Wrong Quantity",
    "Not Satisfied",
    "Outdated",
    "Other",
)
STALE = "A newer version of this return is already stored."


def never_backwards(before: Record | None, after: Record) -> None:
    """The validation rule installed beside the custom fields: Return_Version__c < PRIORVALUE(...) is refused."""
    if before is None or before.get("Return_Version__c") is None or after.get("Return_Version__c") is None:
        return
    if float(after["Return_Version__c"]) < float(before["Return_Version__c"]):
        raise Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", STALE, ["Return_Version__c"])


def names_its_goods(before: Record | None, after: Record) -> None:
    """A line must say what comes back in one of the five ways the platform knows."""
    ways = ("AssetId", "OrderItemId", "Product2Id", "ProductItemId", "ProductRequestLineItemId")
    if not any(after.get(way) for way in ways):
        raise Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [Product2Id]", ["Product2Id"])


# The same fields stand on ReturnOrder, Case and Return__c, so that a list view or a flow reads both alike.
RETURN_FIELDS = (
    Field("Returns_Ref__c", length=80, external_id=True),
    Field("Return_Stage__c", length=80),
    Field("Customer_Stage__c", length=80),
    number("Return_Version__c"),
    Field("Return_Reason__c", length=80),
    Field("Hold_Reason__c", length=255),
    Field("Next_Step__c", length=255),
    number("Quoted_Amount__c"),
    number("Credited_Amount__c"),
    number("Refund_Amount__c"),
    Field("Shop_Order_Ref__c", length=80),
    # Every line in words, also where the object has no lines of its own.
    Field("Return_Lines__c", "textarea", 32000),
    Field("Return_Updated_At__c", "datetime"),
    # What people in the org ask of a return, and what became of it.
    number("Requested_Refund__c"),
    Field("Cancellation_Requested__c", "boolean", default=False),
    Field("Note_To_Returns__c", "textarea", 2000),
    Field("Request_Ref__c", length=80),
    Field("Request_Status__c", length=40),
    Field("Request_Answer__c", length=255),
)

RETURN_ORDER = SObject(
    "ReturnOrder",
    "Return Order",
    "0rT",
    (
        *SYSTEM_FIELDS,
        Field("ReturnOrderNumber", read_only=True),
        reference("AccountId", "Account"),
        reference("CaseId", "Case"),
        reference("ContactId", "Contact"),
        reference("OrderId", "Order"),
        currency(),
        Field("Description", "textarea", 32000),
        Field("ExpectedArrivalDate", "datetime"),
        Field("ExpirationDate", "datetime"),
        Field("LifeCycleType", "picklist", values=("Managed", "Unmanaged"), default="Unmanaged"),
        Field("OwnerId", "reference", 18),
        Field("RefundInstructionsHint", length=255),
        Field("ShipFromCountry", length=80),
        Field(
            "ShipmentType",
            "picklist",
            values=("Standard", "Rush", "Overnight", "Next Business Day", "Pick Up"),
            default="Standard",
        ),
        Field("Status", "picklist", values=STATUSES, default="Draft"),
        Field("StatusCategory", read_only=True),
        number("TotalAmount", read_only=True),
        number("GrandTotalAmount", read_only=True),
        *RETURN_FIELDS,
    ),
    number="ReturnOrderNumber",
    licence="ReturnOrder",
    rules=(never_backwards,),
)

RETURN_ORDER_LINE_ITEM = SObject(
    "ReturnOrderLineItem",
    "Return Order Line Item",
    "0rL",
    (
        *SYSTEM_FIELDS,
        Field("ReturnOrderLineItemNumber", read_only=True),
        reference("ReturnOrderId", "ReturnOrder", required=True, fixed=True, cascade=True),
        reference("AssetId", "Asset"),
        Field("OrderItemId", "reference", 18),
        reference("Product2Id", "Product2"),
        Field("ProductItemId", "reference", 18),
        Field("ProductRequestLineItemId", "reference", 18),
        currency(),
        Field("Description", "textarea", 32000),
        Field("ProcessingPlan", "picklist", values=("Repair", "Discard", "Salvage", "Restock"), default="Repair"),
        number("QuantityExpected"),
        number("QuantityReceived"),
        number("QuantityRejected"),
        Field("QuantityReturned", "double", required=True),
        Field("ReasonForReturn", "picklist", values=REASONS, default="Damaged"),
        Field("ReasonForChangeText", length=255),
        Field("RepaymentMethod", "picklist", values=("Replace", "Refund", "Credit", "Return"), default="Replace"),
        number("UnitPrice"),
        number("TotalLineAmountWithTax", read_only=True),
        Field("Returns_Line_Ref__c", length=120, external_id=True),
        number("Quantity_Accepted__c"),
        number("Return_Version__c"),
    ),
    number="ReturnOrderLineItemNumber",
    licence="ReturnOrder",
    rules=(never_backwards, names_its_goods),
)

# For an org without Field Service that does not want returns among its cases: a custom object, one record per return.
CUSTOM_RETURN = SObject(
    "Return__c",
    "Return",
    "a0R",
    (
        *SYSTEM_FIELDS,
        Field("Name", length=80, required=True),
        reference("Account__c", "Account"),
        reference("Contact__c", "Contact"),
        reference("Order__c", "Order"),
        currency(),
        *RETURN_FIELDS,
    ),
    rules=(never_backwards,),
    plural="Returns__r",
)
