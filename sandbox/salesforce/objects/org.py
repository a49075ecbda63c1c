"""The org and its integration user as clients see them, and CreditMemo, which no client may create."""

from __future__ import annotations

from sandbox.salesforce.schema import SYSTEM_FIELDS, Field, SObject, currency, number, reference

ORGANIZATION = SObject(
    "Organization",
    "Organization",
    "00D",
    (
        *(field for field in SYSTEM_FIELDS if field.name != "IsDeleted"),
        Field("Name", length=80, read_only=True),
        Field("InstanceName", length=5, read_only=True),
        Field("IsSandbox", "boolean", read_only=True),
        Field("OrganizationType", length=40, read_only=True),
        Field("LanguageLocaleKey", length=40, read_only=True),
        Field("TimeZoneSidKey", length=40, read_only=True),
    ),
    createable=False,
    updateable=False,
    deletable=False,
)

USER = SObject(
    "User",
    "User",
    "005",
    (
        *(field for field in SYSTEM_FIELDS if field.name != "IsDeleted"),
        Field("Username", length=80, read_only=True),
        Field("Name", length=121, read_only=True),
        Field("LastName", length=80, read_only=True),
        Field("Email", "email", 128, read_only=True),
        Field("IsActive", "boolean", read_only=True),
    ),
    createable=False,
    updateable=False,
    deletable=False,
)

# Made by Order Management or Revenue Cloud only; the API reads and changes what is there.
CREDIT_MEMO = SObject(
    "CreditMemo",
    "Credit Memo",
    "50g",
    (
        *SYSTEM_FIELDS,
        Field("CreditMemoNumber", read_only=True),
        reference("BillingAccountId", "Account"),
        Field("ReferenceEntityId", "reference", 18),
        Field("Status", length=40),
        Field("Description", "textarea", 255),
        number("Balance", read_only=True),
        number("TotalAmountWithTax", read_only=True),
        currency(),
    ),
    number="CreditMemoNumber",
    createable=False,
    deletable=False,
)
