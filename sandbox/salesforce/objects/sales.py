"""What was sold: Product2, Order, Asset and AssetWarranty."""

from __future__ import annotations

from sandbox.salesforce.schema import SYSTEM_FIELDS, Field, SObject, currency, number, reference

PRODUCT = SObject(
    "Product2",
    "Product",
    "01t",
    (
        *SYSTEM_FIELDS,
        Field("Name", required=True),
        Field("ProductCode", length=255),
        Field("StockKeepingUnit", length=180),
        Field("Description", "textarea", 4000),
        Field("IsActive", "boolean", default=True),
        currency(),
        Field("Shop_Sku__c", length=180, external_id=True),
    ),
)

ORDER = SObject(
    "Order",
    "Order",
    "801",
    (
        *SYSTEM_FIELDS,
        Field("OrderNumber", read_only=True),
        Field("Name", length=80),
        reference("AccountId", "Account", required=True),
        reference("BillToContactId", "Contact"),
        Field("EffectiveDate", "date", required=True),
        Field("OrderReferenceNumber", length=80),
        Field("Status", "picklist", values=("Draft", "Activated"), required=True, default="Draft"),
        Field("StatusCode", read_only=True),
        Field("ShippingCountry", length=80),
        number("TotalAmount", read_only=True),
        currency(),
        Field("OwnerId", "reference", 18),
        Field("Shop_Order_Ref__c", length=80, external_id=True),
    ),
    number="OrderNumber",
)

ASSET = SObject(
    "Asset",
    "Asset",
    "02i",
    (
        *SYSTEM_FIELDS,
        Field("Name", required=True),
        reference("AccountId", "Account"),
        reference("ContactId", "Contact"),
        Field("Product2Id", "reference", 18, parent="Product2"),
        Field("SerialNumber", length=80),
        Field("PurchaseDate", "date"),
        Field("InstallDate", "date"),
        Field("Status", "picklist", values=("Shipped", "Installed", "Registered", "Obsolete", "Purchased")),
        number("Quantity"),
        currency(),
    ),
)

ASSET_WARRANTY = SObject(
    "AssetWarranty",
    "Asset Warranty",
    "0wA",
    (
        *SYSTEM_FIELDS,
        Field("AssetWarrantyNumber", read_only=True),
        reference("AssetId", "Asset", required=True),
        Field("StartDate", "date"),
        Field("EndDate", "date"),
        Field("WarrantyType", length=255),
        Field("Exclusions", "textarea", 4000),
        number("PartsCovered"),
        number("LaborCovered"),
        currency(),
    ),
    number="AssetWarrantyNumber",
    plural="WarrantyAssets",
)
