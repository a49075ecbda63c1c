"""What each record type is called, which fields it has, and the words of its states (REST API Browser 2026.1)."""

from dataclasses import dataclass, field

_SYSTEM = {"id", "externalId", "links", "refName", "createdDate", "lastModifiedDate", "memo", "tranDate", "tranId"}
_CUSTOM_BODY = {"custbody_storefront_order"}
_CUSTOM_LINE = {"custcol_storefront_line", "custcol_warranty_until"}
_SALE = _SYSTEM | _CUSTOM_BODY | {
    "entity", "currency", "createdFrom", "subsidiary", "location", "item", "subtotal", "taxTotal", "total", "status",
    "taxDetails", "taxDetailsOverride", "taxPointDate", "taxPointDateOverride", "otherRefNum", "discountTotal",
    "exchangeRate", "email", "message",
}  # fmt: skip
_SHIPPED = {"shippingCost", "shippingCostOverridden", "shippingTaxAmount"}
_POSTED = {"postingPeriod", "amountRemaining", "amountPaid"}
_LINE = _CUSTOM_LINE | {
    "line", "lineUniqueKey", "item", "itemType", "description", "quantity", "rate", "amount", "grossAmt", "price",
    "isClosed", "location", "taxDetailsReference", "inventoryDetail", "links", "orderLine", "orderDoc",
}  # fmt: skip
_TAX_LINE = frozenset({
    "taxDetailsReference", "lineType", "lineName", "netAmount", "taxBasis", "taxRate", "taxCode", "taxAmount",
    "taxType", "calcDetail", "links", "refName",
})  # fmt: skip
_APPLY = frozenset({
    "doc", "line", "amount", "apply", "applyDate", "due", "total", "type", "refNum", "currency", "createdFrom",
    "links", "refName",
})  # fmt: skip
_STOCK_LINE = frozenset({
    "line", "item", "quantity", "adjustQtyBy", "location", "description", "inventoryDetail", "links", "memo",
})  # fmt: skip

RETURN_STATES = {
    "A": "Pending Approval",
    "B": "Pending Receipt",
    "C": "Cancelled",
    "D": "Partially Received",
    "E": "Pending Refund/Partially Received",
    "F": "Pending Refund",
    "G": "Refunded",
    "H": "Closed",
}


@dataclass(frozen=True)
class RecordType:
    """`code` is the type in SuiteQL's transaction table; empty for records that are no transactions."""

    name: str
    fields: frozenset[str]
    code: str = ""
    prefix: str = ""
    states: dict[str, str] = field(default_factory=dict)
    sublists: dict[str, frozenset[str]] = field(default_factory=dict)
    posting: bool = False
    writable: bool = True


def _type(name: str, fields: set[str], **rest: object) -> RecordType:
    return RecordType(name, frozenset(fields), **rest)  # type: ignore[arg-type]


_ALL = [
    _type(
        "salesOrder", _SALE | _SHIPPED | {"orderStatus"}, code="SalesOrd", prefix="SO", writable=False,
        states={"G": "Billed"}, sublists={"item": frozenset(_LINE), "taxDetails": _TAX_LINE},
    ),
    _type(
        "invoice", _SALE | _SHIPPED | _POSTED | {"dueDate", "terms"}, code="CustInvc", prefix="INV", writable=False,
        posting=True, states={"A": "Open", "B": "Paid In Full"},
        sublists={"item": frozenset(_LINE), "taxDetails": _TAX_LINE},
    ),
    _type(
        "customerPayment", _SYSTEM | _CUSTOM_BODY | {
            "customer", "currency", "payment", "total", "status", "postingPeriod", "apply", "applied",
        },
        code="CustPymt", prefix="PYMT", posting=True, writable=False, states={"C": "Deposited"},
        sublists={"apply": _APPLY},
    ),
    _type(
        "returnAuthorization", _SALE | {"orderStatus", "transactionToRefund"}, code="RtnAuth", prefix="RMA",
        states=RETURN_STATES,
        sublists={"item": frozenset(_LINE | {"quantityReceived", "quantityBilled"}), "taxDetails": _TAX_LINE},
    ),
    _type(
        "itemReceipt", _SYSTEM | _CUSTOM_BODY | {
            "entity", "currency", "createdFrom", "item", "postingPeriod", "location", "exchangeRate", "subsidiary",
        },
        code="ItemRcpt", prefix="IR", posting=True,
        sublists={"item": frozenset(_LINE | {"itemReceive", "quantityRemaining", "itemName", "serialNumbers"})},
    ),
    _type(
        "creditMemo", _SALE | _SHIPPED | _POSTED | {"applied", "unapplied", "apply", "autoApply", "salesEffectiveDate"},
        code="CustCred", prefix="CM", posting=True, states={"A": "Open", "B": "Fully Applied", "V": "Voided"},
        sublists={"item": frozenset(_LINE), "taxDetails": _TAX_LINE, "apply": _APPLY},
    ),
    _type(
        "customerRefund", _SYSTEM | _CUSTOM_BODY | {
            "customer", "currency", "total", "status", "apply", "deposit", "handlingMode", "paymentOperation",
            "paymentOption", "account", "arAcct", "postingPeriod", "exchangeRate", "transactionToRefund", "checkNumber",
        },
        code="CustRfnd", prefix="RF", posting=True, states={"R": "Deposited", "V": "Voided"},
        sublists={"apply": _APPLY},
    ),
    _type(
        "binTransfer", _SYSTEM | {"inventory", "location", "subsidiary"}, code="BinTrnfr", prefix="BT",
        sublists={"inventory": _STOCK_LINE},
    ),
    _type(
        "inventoryAdjustment", _SYSTEM | {
            "inventory", "account", "adjLocation", "subsidiary", "postingPeriod", "customer", "estimatedTotalValue",
        },
        code="InvAdjst", prefix="IA", posting=True, sublists={"inventory": _STOCK_LINE},
    ),
    _type("customer", _SYSTEM | {
        "entityId", "companyName", "firstName", "lastName", "email", "isPerson", "subsidiary", "phone", "currency",
    }),
    _type("inventoryItem", _SYSTEM | {"itemId", "displayName", "itemType", "isInactive", "upcCode"}),
    _type("serviceItem", _SYSTEM | {"itemId", "displayName", "itemType", "isInactive"}),
    _type("inventoryStatus", _SYSTEM | {"name", "description", "inventoryAvailable", "isInactive"}, writable=False),
    _type("location", _SYSTEM | {"name", "isInactive"}, writable=False),
    _type("currency", _SYSTEM | {"name", "symbol", "isInactive"}, writable=False),
    _type("salesTaxItem", _SYSTEM | {"itemId", "rate", "isInactive", "description"}, writable=False),
    _type("accountingPeriod", _SYSTEM | {
        "periodName", "startDate", "endDate", "closed", "allLocked", "arLocked", "apLocked", "allowNonGLChanges",
        "isPosting", "isQuarter", "isYear", "isAdjust", "isInactive", "closedOnDate",
    }, writable=False),
]  # fmt: skip

TYPES = {entry.name: entry for entry in _ALL}
TRANSACTIONS = tuple(entry.name for entry in _ALL if entry.code)
ITEMS = ("inventoryItem", "serviceItem")

MONEY = frozenset({
    "amount", "grossAmt", "subtotal", "taxTotal", "total", "shippingCost", "shippingTaxAmount", "amountRemaining",
    "amountPaid", "applied", "unapplied", "netAmount", "taxBasis", "taxAmount", "due", "payment", "discountTotal",
})  # fmt: skip
"""Fields kept in whole minor units of the document's currency and written to the wire as numbers."""

RATES = frozenset({"rate", "taxRate", "exchangeRate"})
"""Fields kept as decimal strings and written to the wire as numbers."""
