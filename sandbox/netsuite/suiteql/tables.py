"""SuiteQL's tables over the books. Every value is a string; a column without a value is left out of its row."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from sandbox.money import text
from sandbox.netsuite.catalog import ITEMS, TRANSACTIONS, TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.suiteql.words import bad_query

Row = dict[str, str]
Known = dict[str, str]
"""Columns whose value the query fixes; a table may use them to look up instead of walking through."""

# Sales are positive in a transaction's total and negative in its lines; returns and credits the other way round.
_SIGN = {"creditMemo": -1, "returnAuthorization": -1, "customerPayment": -1}
# Columns that lead straight to a document, and the field of the document they are kept in.
_KEYS = {"externalid": "externalId", "custbody_storefront_order": "custbody_storefront_order"}


def rows(desk: Desk, table: str, known: Known) -> Iterator[Row]:
    reader = _TABLES.get(table)
    if reader is None:
        raise bad_query(f"Record '{table}' was not found.")
    for row in reader(desk, known):
        if all(row.get(name) == value for name, value in known.items()):
            yield row


def _transactions(desk: Desk, known: Known) -> Iterator[Row]:
    for doc in _documents(desk, known.get("id"), known):
        yield _clean({
            "id": doc["id"],
            "externalid": doc.get("externalId"),
            "type": TYPES[doc["type"]].code,
            "recordtype": doc["type"].lower(),
            "tranid": doc["tranId"],
            "trandate": as_date(doc["tranDate"]),
            "entity": _ref(doc.get("entity") or doc.get("customer")),
            "currency": _ref(doc.get("currency")),
            "postingperiod": _ref(doc.get("postingPeriod")),
            "status": f"{TYPES[doc['type']].code}:{doc['status']['id']}" if "status" in doc else None,
            "memo": doc.get("memo") or None,
            "foreigntotal": _amount(doc, doc["total"] * _SIGN.get(doc["type"], 1)) if "total" in doc else None,
            "custbody_storefront_order": doc.get("custbody_storefront_order"),
            "lastmodifieddate": as_date(doc["lastModifiedDate"]),
            "posting": "T" if TYPES[doc["type"]].posting else "F",
        })  # fmt: skip


def _lines(desk: Desk, known: Known) -> Iterator[Row]:
    of, made_of = known.get("transaction"), known.get("createdfrom")
    for doc in _children_of(desk, made_of) if made_of and not of else _documents(desk, of, {}):
        origin = doc.get("createdFrom")
        yield _clean({
            "transaction": doc["id"], "id": "0", "uniquekey": f"{doc['id']}000", "mainline": "T",
            "createdfrom": _ref(origin), "isclosed": "F",
            "foreignamount": _amount(doc, doc["total"]) if "total" in doc else None,
        })  # fmt: skip
        sign = _SIGN.get(doc["type"], 1)
        for line in doc.get("item", []):
            yield _clean({
                "transaction": doc["id"],
                "id": str(line["line"]),
                "uniquekey": f"{doc['id']}{line['line']:03}",
                "mainline": "F",
                "item": line["item"]["id"],
                "quantity": str(-sign * line["quantity"]),
                "quantityshiprecv": str(line.get("quantityReceived", 0)),
                "quantitybilled": str(line.get("quantityBilled", 0)),
                "foreignamount": _amount(doc, -sign * line["amount"]) if "amount" in line else None,
                "createdfrom": _ref(origin),
                "isclosed": "T" if line.get("isClosed") else "F",
                "custcol_storefront_line": line.get("custcol_storefront_line"),
                "custcol_warranty_until": line.get("custcol_warranty_until"),
            })  # fmt: skip


def _links(desk: Desk, known: Known) -> Iterator[Row]:
    previous = known.get("previousdoc")
    following = known.get("nextdoc")
    for doc in _documents(desk, following, {}) if following else _children_of(desk, previous):
        origin = doc.get("createdFrom")
        if origin:
            yield {
                "previousdoc": origin["id"],
                "nextdoc": doc["id"],
                "nexttype": TYPES[doc["type"]].code,
                "previoustype": TYPES[found["type"]].code if (found := desk.transaction(origin["id"])) else "",
            }


def _children_of(desk: Desk, number: str | None) -> Iterable[Doc]:
    if number is None:
        return _documents(desk, None, {})
    parent = desk.transaction(number)
    pairs = parent["children"] if parent else []
    return [desk.need(kind, child) for kind, child in pairs]


def _documents(desk: Desk, number: str | None, known: Known) -> Iterable[Doc]:
    if number is not None:
        doc = desk.transaction(number)
        return [doc] if doc else []
    for column, field in _KEYS.items():
        if column in known:
            return [
                doc for kind in TRANSACTIONS for doc in desk.books.find(f"netsuite.{kind}", **{field: known[column]})
            ]
    return (doc for kind in TRANSACTIONS for doc in desk.books.all(f"netsuite.{kind}"))


def _periods(desk: Desk, _known: Known) -> Iterator[Row]:
    for doc in desk.books.all("netsuite.accountingPeriod"):
        yield {
            "id": doc["id"], "periodname": doc["periodName"], "startdate": as_date(doc["startDate"]),
            "enddate": as_date(doc["endDate"]), "closed": _flag(doc["closed"]), "alllocked": _flag(doc["allLocked"]),
            "arlocked": _flag(doc["arLocked"]), "isposting": "T", "isquarter": "F", "isyear": "F", "isadjust": "F",
        }  # fmt: skip


def _balances(desk: Desk, known: Known) -> Iterator[Row]:
    if "item" in known:
        found = desk.books.find("netsuite.inventoryBalance", item=known["item"])
    else:
        found = desk.books.all("netsuite.inventoryBalance")
    for doc in found:
        available = desk.need("inventoryStatus", doc["status"])["inventoryAvailable"]
        yield {
            "item": doc["item"], "location": doc["location"], "inventorystatus": doc["status"],
            "quantityonhand": str(doc["quantity"]), "quantityavailable": str(doc["quantity"] if available else 0),
        }  # fmt: skip


def _items(desk: Desk, known: Known) -> Iterator[Row]:
    fields = {"id": "id", "itemid": "itemId", "externalid": "externalId"}
    for doc in _plain(desk, ITEMS, fields, known):
        yield _clean({
            "id": doc["id"], "itemid": doc["itemId"], "externalid": doc.get("externalId"),
            "itemtype": doc["itemType"], "displayname": doc.get("displayName"),
        })  # fmt: skip


def _simple(kind: str, **columns: str) -> Callable[[Desk, Known], Iterator[Row]]:
    def read(desk: Desk, known: Known) -> Iterator[Row]:
        for doc in _plain(desk, (kind,), columns, known):
            yield _clean({column: doc.get(field) for column, field in columns.items()})

    return read


def _plain(desk: Desk, kinds: Iterable[str], columns: dict[str, str], known: Known) -> Iterable[Doc]:
    fixed = {columns[name]: value for name, value in known.items() if name in columns}
    return [doc for kind in kinds for doc in desk.books.find(f"netsuite.{kind}", **fixed)]


_TABLES: dict[str, Callable[[Desk, Known], Iterator[Row]]] = {
    "transaction": _transactions,
    "transactionline": _lines,
    "previoustransactionlinelink": _links,
    "nexttransactionlinelink": _links,
    "accountingperiod": _periods,
    "inventorybalance": _balances,
    "item": _items,
    "customer": _simple("customer", id="id", entityid="entityId", externalid="externalId", email="email"),
    "currency": _simple("currency", id="id", symbol="symbol", name="name"),
    "inventorystatus": _simple("inventoryStatus", id="id", name="name"),
    "location": _simple("location", id="id", name="name"),
    "salestaxitem": _simple("salesTaxItem", id="id", itemid="itemId", rate="rate", externalid="externalId"),
}


def _clean(row: dict[str, object]) -> Row:
    return {name: str(value) for name, value in row.items() if value is not None}


def _ref(value: object) -> str | None:
    return str(value["id"]) if isinstance(value, dict) else None


def _amount(doc: Doc, amount: int) -> str:
    return text(amount, doc["currency"]["refName"])


def _flag(value: bool) -> str:
    return "T" if value else "F"


def as_date(iso: str) -> str:
    """Dates come in the account's format, month first."""
    day = date.fromisoformat(iso[:10])
    return f"{day.month}/{day.day}/{day.year}"
