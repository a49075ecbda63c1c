"""The objects and fields that `records.py` reads and writes, as an org must have them."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.crm.salesforce.records import CUSTOMER_KEY, KEY, LINE_KEY, ORDER_KEY, SKU_KEY, VERSION
from adapters.crm.salesforce.settings import Profile

_TEXT = frozenset({"string", "textarea"})
_NUMBER = frozenset({"double", "currency", "int", "percent"})
_LOOKUP = frozenset({"reference"})
_PICK = frozenset({"picklist", "string"})


@dataclass(frozen=True, slots=True)
class Field:
    """`key`: an external id that is unique. `values` are those we send. `writes` is what we do to it."""

    name: str
    kinds: frozenset[str] = _TEXT
    length: int = 0
    key: bool = False
    decimals: bool = False
    values: tuple[str, ...] = ()
    writes: tuple[str, ...] = ("createable", "updateable")


@dataclass(frozen=True, slots=True)
class Object:
    """`writes` is empty for an object that is only looked at."""

    name: str
    fields: tuple[Field, ...]
    writes: tuple[str, ...] = ("createable", "updateable")


def _key(name: str, length: int, *, writes: bool = True) -> Field:
    return Field(name, length=length, key=True, writes=("createable", "updateable") if writes else ())


def _lookup(name: str, *, fixed: bool = False) -> Field:
    return Field(name, _LOOKUP, writes=("createable",) if fixed else ("createable", "updateable"))


_RETURN = (
    _key(KEY, 80),
    Field(VERSION, _NUMBER),
    Field("Return_Stage__c", length=80),
    Field("Customer_Stage__c", length=80),
    Field("Return_Reason__c", length=80),
    Field("Hold_Reason__c", length=255),
    Field("Next_Step__c", length=255),
    Field("Quoted_Amount__c", _NUMBER, decimals=True),
    Field("Credited_Amount__c", _NUMBER, decimals=True),
    Field("Refund_Amount__c", _NUMBER, decimals=True),
    Field(ORDER_KEY, length=80),
    Field("Return_Lines__c", length=32000),
    Field("Return_Updated_At__c", frozenset({"datetime"})),
)
CURRENCY = "CurrencyIsoCode"
_CURRENCY = Field(CURRENCY, _PICK)
_RETURN_ORDER = Object(
    "ReturnOrder",
    (
        *_RETURN,
        _CURRENCY,
        Field("Status", _PICK, values=("Submitted", "Approved", "Closed", "Canceled")),
        Field("Description"),
        _lookup("AccountId"),
        _lookup("ContactId"),
        _lookup("OrderId"),
    ),
)
_LINE = Object(
    "ReturnOrderLineItem",
    (
        _key(LINE_KEY, 120),
        Field(VERSION, _NUMBER),
        _lookup("ReturnOrderId", fixed=True),
        _lookup("Product2Id"),
        Field("Description"),
        Field("QuantityReturned", _NUMBER),
        Field("QuantityExpected", _NUMBER),
        Field("QuantityReceived", _NUMBER),
        Field("QuantityRejected", _NUMBER),
        Field("Quantity_Accepted__c", _NUMBER),
        Field("ReasonForReturn", _PICK, values=("Wrong Item", "Damaged", "Defective", "Other", "Not Satisfied")),
        Field("RepaymentMethod", _PICK, values=("Refund",)),
    ),
)
_CASE = Object(
    "Case",
    (
        *_RETURN,
        _CURRENCY,
        Field("Subject", length=255),
        Field("Status", _PICK, values=("New", "Working", "Escalated", "Closed")),
        Field("Priority", _PICK, values=("High", "Medium")),
        Field("Origin", _PICK, values=("Web",)),
        Field("Description", length=32000),
        Field("SuppliedName", length=80),
        Field("SuppliedEmail", frozenset({"email"})),
        Field("SuppliedCompany", length=80),
        _lookup("AccountId"),
        _lookup("ContactId"),
    ),
)
_CUSTOM = Object(
    "Return__c",
    (
        *_RETURN,
        _CURRENCY,
        Field("Name", length=80),
        _lookup("Account__c"),
        _lookup("Contact__c"),
        _lookup("Order__c"),
    ),
)
_ACCOUNT = Object("Account", (_key(CUSTOMER_KEY, 80), Field("Name", length=255)))
_CONTACT = Object(
    "Contact",
    (
        _key(CUSTOMER_KEY, 80),
        Field("FirstName", length=40),
        Field("LastName", length=80),
        Field("Email", frozenset({"email"})),
        _lookup("AccountId"),
    ),
)
_ORDER = Object("Order", (_key(ORDER_KEY, 80, writes=False),), writes=())
_PRODUCT = Object("Product2", (_key(SKU_KEY, 0, writes=False),), writes=())

OBJECTS: dict[Profile, tuple[Object, ...]] = {
    "return_order": (_RETURN_ORDER, _LINE, _ACCOUNT, _CONTACT, _ORDER, _PRODUCT),
    "case": (_CASE, _ACCOUNT, _CONTACT),
    "custom": (_CUSTOM, _ACCOUNT, _CONTACT, _ORDER),
}
