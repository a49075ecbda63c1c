"""What kind of value each field holds, by its name: the same name means the same on every record type served here."""

MONEY = frozenset({
    "amount", "grossAmt", "subtotal", "taxTotal", "total", "shippingCost", "shippingTaxAmount", "amountRemaining",
    "amountPaid", "applied", "unapplied", "netAmount", "taxBasis", "taxAmount", "due", "payment", "discountTotal",
})  # fmt: skip
"""Kept in whole minor units of the document's currency and written to the wire as numbers."""

RATES = frozenset({"rate", "taxRate", "exchangeRate"})
"""Kept as decimal strings and written to the wire as numbers."""

QUANTITIES = frozenset({
    "quantity", "quantityReceived", "quantityBilled", "quantityFulfilled", "quantityRemaining", "adjustQtyBy",
    "minimumQuantity",
})  # fmt: skip
INTEGERS = frozenset({"line", "orderLine"})
BOOLEANS = frozenset({
    "taxDetailsOverride", "taxPointDateOverride", "shippingCostOverridden", "isClosed", "itemReceive", "apply",
    "autoApply", "isPerson", "isInactive", "inventoryAvailable", "makeInventoryAvailable", "closed", "allLocked",
    "arLocked", "apLocked", "allowNonGLChanges", "isBaseCurrency", "isPosting", "isQuarter", "isYear", "isAdjust",
})  # fmt: skip
DATES = frozenset({
    "tranDate", "taxPointDate", "dueDate", "salesEffectiveDate", "applyDate", "startDate", "endDate", "closedOnDate",
    "custcol_warranty_until",
})  # fmt: skip
STAMPS = frozenset({"createdDate", "lastModifiedDate"})
ENUMS = frozenset({"status", "orderStatus", "shipStatus", "handlingMode", "paymentOperation"})

_ANY_ITEM = ("inventoryItem", "serviceSaleItem")
REFERENCES: dict[str, tuple[str, ...]] = {
    "entity": ("customer",), "customer": ("customer",), "currency": ("currency",), "location": ("location",),
    "transferLocation": ("location",), "adjLocation": ("location",), "postingPeriod": ("accountingPeriod",),
    "inventoryStatus": ("inventoryStatus",), "toInventoryStatus": ("inventoryStatus",), "taxCode": ("salesTaxItem",),
    "item": _ANY_ITEM, "createdFrom": (), "doc": (), "orderDoc": (), "transactionToRefund": (), "subsidiary": (),
    "account": (), "arAcct": (), "terms": (), "paymentOption": (), "price": (),
}  # fmt: skip
"""The record types a reference may lead to; none where it may be any transaction, or what is not served here."""

FREE = frozenset({"taxDetailsReference", "links", "refName", "id", "itemType"})
"""Written in more than one shape by clients in the field, so not held to one."""


def kind_of(name: str) -> str:
    for kind, names in (
        ("number", MONEY | RATES | QUANTITIES), ("integer", INTEGERS), ("boolean", BOOLEANS), ("date", DATES),
        ("date-time", STAMPS), ("enum", ENUMS), ("reference", REFERENCES.keys()), ("free", FREE),
    ):  # fmt: skip
        if name in names:
            return kind
    return "string"
