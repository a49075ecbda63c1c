"""What the books page shows of NetSuite: every transaction, totals per currency, stock by status, closed periods."""

from typing import Any

from sandbox.money import text
from sandbox.netsuite import rates
from sandbox.netsuite.catalog import TRANSACTIONS
from sandbox.netsuite.desk import Desk, Doc

_SUMS = {"invoice": "invoiced", "creditMemo": "credited", "customerRefund": "refunded"}


def books_view(desk: Desk) -> dict[str, Any]:
    totals: dict[str, dict[str, int]] = {}
    documents: dict[str, list[Doc]] = {}
    for kind in TRANSACTIONS:
        docs = desk.books.all(f"netsuite.{kind}")
        documents[kind] = [_row(desk, doc) for doc in docs]
        if kind in _SUMS:
            for doc in docs:
                sums = totals.setdefault(doc["currency"]["refName"], dict.fromkeys(_SUMS.values(), 0))
                sums[_SUMS[kind]] += doc["total"]
    return {
        "totals": {cur: {name: text(sums[name], cur) for name in sums} for cur, sums in totals.items()},
        "documents": documents,
        "stock": [
            {
                "sku": row["sku"],
                "status": desk.need("inventoryStatus", row["status"])["name"],
                "quantity": row["quantity"],
            }
            for row in desk.books.all("netsuite.inventoryBalance")
            if row["quantity"]
        ],
        "closed_periods": [doc["month"] for doc in desk.books.find("netsuite.accountingPeriod", closed=True)],
    }


def _row(desk: Desk, doc: Doc) -> Doc:
    currency = doc["currency"]["refName"] if "currency" in doc else "EUR"
    row: Doc = {name: doc.get(name) for name in ("id", "tranId", "externalId", "tranDate", "memo")}
    row["order"] = doc.get("custbody_storefront_order")
    row["status"] = doc["status"]["refName"] if "status" in doc else None
    row["created_from"] = doc["createdFrom"]["refName"] if doc.get("createdFrom") else None
    sale = desk.transaction(doc["_sale"]) if "_sale" in doc else None
    row["reverses"] = sale["tranId"] if sale is not None else None
    row["period"] = doc["postingPeriod"]["refName"] if doc.get("postingPeriod") else None
    row["currency"] = currency
    row["tax_point"] = doc.get("taxPointDate")
    if "exchangeRate" in doc and "total" in doc:
        row["rate"] = doc["exchangeRate"]
        row["base_total"] = text(rates.in_base(doc["total"], currency, doc["exchangeRate"]), rates.BASE)
    sums = ("subtotal", "taxTotal", "total", "applied", "amountRemaining")
    row |= {name: text(doc[name], currency) for name in sums if name in doc}
    if "item" in doc:
        row["lines"] = [_line(doc, line, currency) for line in doc["item"]]
    if "inventory" in doc:
        row["lines"] = [
            {"sku": line["item"]["refName"], "quantity": line.get("quantity", line.get("adjustQtyBy"))}
            for line in doc["inventory"]
        ]
    return row


def _line(doc: Doc, line: Doc, currency: str) -> Doc:
    row: Doc = {
        "line": line["line"], "sku": line["item"]["refName"], "quantity": line["quantity"],
        "storefront_line": line.get("custcol_storefront_line"), "closed": line.get("isClosed", False),
    }  # fmt: skip
    if "amount" in line:
        row["amount"] = text(line["amount"], currency)
        row["taxes"] = {
            tax["taxCode"]["refName"]: text(tax["taxAmount"], currency)
            for tax in doc.get("taxDetails", [])
            if tax["taxDetailsReference"]["id"] == line["taxDetailsReference"]
        }
    return row
