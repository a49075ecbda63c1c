"""What each record type is called, which fields it has, and the words of its states (REST API Browser 2026.1)."""

from dataclasses import dataclass, field
from functools import cached_property

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


ORDER_STATES = {
    "A": "Pending Approval",
    "B": "Pending Fulfillment",
    "C": "Cancelled",
    "D": "Partially Fulfilled",
    "E": "Pending Billing/Partially Fulfilled",
    "F": "Pending Billing",
    "G": "Billed",
    "H": "Closed",
}
SHIP_STATES = {"A": "Picked", "B": "Packed", "C": "Shipped"}


@dataclass(frozen=True)
class RecordType:
    """`code` is the type in SuiteQL's transaction table; empty for records that are no transactions.

    `title` is what the account's pages call it; `writable` says whether this role may create and change it.
    """

    name: str
    fields: frozenset[str]
    code: str = ""
    prefix: str = ""
    title: str = ""
    states: dict[str, str] = field(default_factory=dict)
    sublists: dict[str, frozenset[str]] = field(default_factory=dict)
    posting: bool = False
    writable: bool = True

    @cached_property
    def spelling(self) -> dict[str, str]:
        """Field names by their lower case: clients write them in either."""
        return {name.lower(): name for name in self.fields}


def _type(name: str, fields: set[str], **rest: object) -> RecordType:
    return RecordType(name, frozenset(fields), **rest)  # type: ignore[arg-type]


_ORDERED = _LINE | {"quantityBilled"}
_REFUNDED = {"handlingMode", "paymentOperation", "paymentOption", "account", "checkNumber", "transactionToRefund"}

_ALL = [
    _type(
        "salesOrder", _SALE | _SHIPPED | {"orderStatus"}, code="SalesOrd", prefix="SO", title="Sales Order",
        states=ORDER_STATES,
        sublists={"item": frozenset(_ORDERED | {"quantityFulfilled"}), "taxDetails": _TAX_LINE},
    ),
    _type(
        "invoice", _SALE | _SHIPPED | _POSTED | {"dueDate", "terms"}, code="CustInvc", prefix="INV", title="Invoice",
        posting=True, states={"A": "Open", "B": "Paid In Full", "V": "Voided"},
        sublists={"item": frozenset(_LINE), "taxDetails": _TAX_LINE},
    ),
    _type(
        "cashSale", _SALE | _SHIPPED | _REFUNDED | {"postingPeriod"}, code="CashSale", prefix="CS", title="Cash Sale",
        posting=True, states={"C": "Deposited"}, sublists={"item": frozenset(_LINE), "taxDetails": _TAX_LINE},
    ),
    _type(
        "itemFulfillment", _SYSTEM | _CUSTOM_BODY | {
            "entity", "currency", "createdFrom", "item", "postingPeriod", "shipStatus", "subsidiary",
        },
        code="ItemShip", prefix="IF", title="Item Fulfillment", posting=True, states=SHIP_STATES,
        sublists={"item": frozenset(_LINE | {"itemReceive", "quantityRemaining"})},
    ),
    _type(
        "customerPayment", _SYSTEM | _CUSTOM_BODY | {
            "customer", "currency", "payment", "total", "status", "postingPeriod", "apply", "applied", "createdFrom",
            "account", "exchangeRate",
        },
        code="CustPymt", prefix="PYMT", title="Payment", posting=True, states={"C": "Deposited"},
        sublists={"apply": _APPLY},
    ),
    _type(
        "returnAuthorization", _SALE | {"orderStatus", "transactionToRefund"}, code="RtnAuth", prefix="RMA",
        title="Return Authorization", states=RETURN_STATES,
        sublists={"item": frozenset(_ORDERED | {"quantityReceived"}), "taxDetails": _TAX_LINE},
    ),
    _type(
        "itemReceipt", _SYSTEM | _CUSTOM_BODY | {
            "entity", "currency", "createdFrom", "item", "postingPeriod", "location", "exchangeRate", "subsidiary",
        },
        code="ItemRcpt", prefix="IR", title="Item Receipt", posting=True,
        sublists={"item": frozenset(_LINE | {"itemReceive", "quantityRemaining", "itemName", "serialNumbers"})},
    ),
    _type(
        "creditMemo", _SALE | _SHIPPED | _POSTED | {"applied", "unapplied", "apply", "autoApply", "salesEffectiveDate"},
        code="CustCred", prefix="CM", title="Credit Memo", posting=True,
        states={"A": "Open", "B": "Fully Applied", "V": "Voided"},
        sublists={"item": frozenset(_LINE), "taxDetails": _TAX_LINE, "apply": _APPLY},
    ),
    _type(
        "cashRefund", _SALE | _SHIPPED | _REFUNDED | {"postingPeriod"}, code="CashRfnd", prefix="CR",
        title="Cash Refund", posting=True, states={"C": "Deposited", "V": "Voided"},
        sublists={"item": frozenset(_LINE), "taxDetails": _TAX_LINE},
    ),
    _type(
        "customerRefund", _SYSTEM | _CUSTOM_BODY | _REFUNDED | {
            "customer", "currency", "total", "status", "apply", "deposit", "arAcct", "postingPeriod", "exchangeRate",
            "createdFrom",
        },
        code="CustRfnd", prefix="RF", title="Customer Refund", posting=True,
        states={"R": "Deposited", "V": "Voided"}, sublists={"apply": _APPLY},
    ),
    _type(
        "binTransfer", _SYSTEM | {"inventory", "location", "subsidiary"}, code="BinTrnfr", prefix="BT",
        title="Bin Transfer", sublists={"inventory": _STOCK_LINE},
    ),
    _type(
        "inventoryTransfer", _SYSTEM | {"inventory", "location", "transferLocation", "subsidiary", "postingPeriod"},
        code="InvTrnfr", prefix="IT", title="Inventory Transfer", posting=True, sublists={"inventory": _STOCK_LINE},
    ),
    _type(
        "inventoryAdjustment", _SYSTEM | {
            "inventory", "account", "adjLocation", "subsidiary", "postingPeriod", "customer", "estimatedTotalValue",
        },
        code="InvAdjst", prefix="IA", title="Inventory Adjustment", posting=True,
        sublists={"inventory": _STOCK_LINE},
    ),
    _type("customer", _SYSTEM | {
        "entityId", "companyName", "firstName", "lastName", "email", "isPerson", "subsidiary", "phone", "currency",
    }),
    _type("inventoryItem", _SYSTEM | {"itemId", "displayName", "itemType", "isInactive", "upcCode", "minimumQuantity"}),
    _type("serviceSaleItem", _SYSTEM | {"itemId", "displayName", "itemType", "isInactive"}),
    _type("inventoryStatus", _SYSTEM | {"name", "description", "inventoryAvailable", "isInactive"}),
    _type("location", _SYSTEM | {"name", "isInactive", "makeInventoryAvailable"}),
    _type("currency", _SYSTEM | {"name", "symbol", "isInactive", "isBaseCurrency"}, writable=False),
    _type("salesTaxItem", _SYSTEM | {"itemId", "rate", "isInactive", "description"}, writable=False),
    _type("accountingPeriod", _SYSTEM | {
        "periodName", "startDate", "endDate", "closed", "allLocked", "arLocked", "apLocked", "allowNonGLChanges",
        "isPosting", "isQuarter", "isYear", "isAdjust", "isInactive", "closedOnDate",
    }, writable=False),
]  # fmt: skip

TYPES = {entry.name: entry for entry in _ALL}
TRANSACTIONS = tuple(entry.name for entry in _ALL if entry.code)
ITEMS = ("inventoryItem", "serviceSaleItem")
