"""Who asks: Account, Contact and Case, with the shop's customer number as external id."""

from __future__ import annotations

from sandbox.salesforce.objects.returns import RETURN_FIELDS, never_backwards
from sandbox.salesforce.schema import SYSTEM_FIELDS, Field, SObject, currency, master_record, reference

ACCOUNT = SObject(
    "Account",
    "Account",
    "001",
    (
        *SYSTEM_FIELDS,
        master_record("Account"),
        Field("Name", required=True),
        Field("AccountNumber", length=40),
        Field("Description", "textarea", 32000),
        currency(),
        Field("OwnerId", "reference", 18),
        Field("Shop_Customer_Ref__c", length=80, external_id=True),
        # From a system before ours, never cleaned up: two accounts may carry the same number.
        Field("Legacy_Number__c", length=80, external_id=True, unique=False),
    ),
)

CONTACT = SObject(
    "Contact",
    "Contact",
    "003",
    (
        *SYSTEM_FIELDS,
        master_record("Contact"),
        Field("Name", read_only=True),
        Field("FirstName", length=40),
        Field("LastName", length=80, required=True),
        Field("Email", "email", 80),
        reference("AccountId", "Account", cascade=True),
        currency(),
        Field("OwnerId", "reference", 18),
        Field("Shop_Customer_Ref__c", length=80, external_id=True),
    ),
)

CASE = SObject(
    "Case",
    "Case",
    "500",
    (
        *SYSTEM_FIELDS,
        master_record("Case"),
        Field("CaseNumber", read_only=True),
        reference("AccountId", "Account"),
        reference("ContactId", "Contact"),
        reference("AssetId", "Asset"),
        reference("AssetWarrantyId", "AssetWarranty"),
        currency(),
        Field("Subject"),
        Field("Description", "textarea", 32000),
        Field("Status", "picklist", values=("New", "Working", "Escalated", "Closed"), default="New"),
        Field("Origin", "picklist", values=("Phone", "Email", "Web")),
        Field("Priority", "picklist", values=("High", "Medium", "Low"), default="Medium"),
        Field("Type", "picklist", values=("Mechanical", "Electrical", "Electronic", "Structural", "Other")),
        Field("IsClosed", "boolean", read_only=True, default=False),
        Field("OwnerId", "reference", 18),
        *RETURN_FIELDS,
        Field("SuppliedName", length=80),
        Field("SuppliedEmail", "email", 80),
        Field("SuppliedCompany", length=80),
    ),
    number="CaseNumber",
    rules=(never_backwards,),
)
