"""SuiteQL's tables over the books: their columns, and their rows with values of the columns' kinds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sandbox.money import decimal
from sandbox.netsuite import rates, stock
from sandbox.netsuite.catalog import ITEMS, TRANSACTIONS, TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.suiteql.tree import Value
from sandbox.netsuite.suiteql.values import Row

Known = dict[str, tuple[str, ...]]
"""What the query lets some columns be, as text; a table may use it to look up instead of walking through."""

# Sales are positive in a transaction's total and negative in its lines; returns and credits the other way round.
_SIGN = {"creditMemo": -1, "cashRefund": -1, "returnAuthorization": -1, "customerPayment": -1}
# Columns that lead straight to a document, and the field of the document they are kept in.
_KEYS = {
    "externalid": "externalId", "custbody_storefront_order": "custbody_storefront_order", "tranid": "tranId",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    columns: frozenset[str]
    read: Callable[[Desk, Known], Iterator[Row]]


def _transactions(desk: Desk, known: Known) -> Iterator[Row]:
    for doc in _documents(desk, known.get("id"), known):
        entry = TYPES[doc["type"]]
        total = _amount(doc, doc["total"] * _SIGN.get(doc["type"], 1)) if "total" in doc else None
        yield {
            "id": _number(doc["id"]),
            "externalid": doc.get("externalId"),
            "type": entry.code,
            "type$": entry.title,
            "recordtype": doc["type"].lower(),
            "tranid": doc["tranId"],
            "transactionnumber": doc["tranId"],
            "trandisplayname": f"{entry.title} #{doc['tranId']}",
            "trandate": _day(doc["tranDate"]),
            "createddate": _moment(doc["createdDate"]),
            "lastmodifieddate": _moment(doc["lastModifiedDate"]),
            **_pointed("entity", doc.get("entity") or doc.get("customer")),
            **_pointed("currency", doc.get("currency")),
            **_pointed("postingperiod", doc.get("postingPeriod")),
            "status": f"{entry.code}:{doc['status']['id']}" if "status" in doc else None,
            "status$": f"{entry.title} : {doc['status']['refName']}" if "status" in doc else None,
            "memo": doc.get("memo") or None,
            "otherrefnum": doc.get("otherRefNum"),
            "exchangerate": Decimal(doc.get("exchangeRate", "1")) if "currency" in doc else None,
            "foreigntotal": total,
            "total": _base_total(doc) if "total" in doc else None,
            "foreignamountunpaid": _amount(doc, doc["amountRemaining"]) if "amountRemaining" in doc else None,
            "foreignamountpaid": _amount(doc, doc["amountPaid"]) if "amountPaid" in doc else None,
            "posting": _flag(entry.posting),
            "voided": _flag("status" in doc and doc["status"]["id"] == "V"),
            "custbody_storefront_order": doc.get("custbody_storefront_order"),
        }


def _lines(desk: Desk, known: Known) -> Iterator[Row]:
    of, made_of = known.get("transaction"), known.get("createdfrom")
    for doc in _children_of(desk, made_of) if made_of and not of else _documents(desk, of, {}):
        sign = _SIGN.get(doc["type"], 1)
        shared: Row = {"transaction": _number(doc["id"]), **_pointed("createdfrom", doc.get("createdFrom"))}
        total = _amount(doc, doc["total"] * sign) if "total" in doc else None
        yield shared | {
            "id": 0, "linesequencenumber": 0, "uniquekey": _number(f"{doc['id']}000"), "mainline": "T", "taxline": "F",
            "isclosed": "F", "foreignamount": total, "netamount": total,
            **_pointed("entity", doc.get("entity") or doc.get("customer")),
        }  # fmt: skip
        for line in doc.get("item", []):
            net = _amount(doc, -sign * line["amount"]) if "amount" in line else None
            yield shared | {
                "id": line["line"],
                "linesequencenumber": line["line"],
                "uniquekey": _number(f"{doc['id']}{line['line']:03}"),
                "mainline": "F",
                "taxline": "F",
                **_pointed("item", line["item"]),
                "itemtype": line["itemType"],
                "quantity": -sign * line["quantity"],
                "quantityshiprecv": line.get("quantityReceived", line.get("quantityFulfilled", 0)),
                "quantitybilled": line.get("quantityBilled", 0),
                "rate": Decimal(line["rate"]) if "rate" in line else None,
                "foreignamount": net,
                "netamount": net,
                **_pointed("location", line.get("location") or doc.get("location")),
                "memo": line.get("description"),
                "isclosed": _flag(bool(line.get("isClosed"))),
                "custcol_storefront_line": line.get("custcol_storefront_line"),
                "custcol_warranty_until": _day(line.get("custcol_warranty_until")),
            }


def _links(desk: Desk, known: Known) -> Iterator[Row]:
    """One row per pair of lines; documents that are made of a whole one are linked by their main lines."""
    previous, following = known.get("previousdoc"), known.get("nextdoc")
    for doc in _documents(desk, following, {}) if following else _children_of(desk, previous):
        origin = desk.source_of(doc)
        if origin is None:
            continue
        pairs = [(line["orderLine"], line["line"]) for line in doc.get("item", []) if "orderLine" in line] or [(0, 0)]
        for before, after in pairs:
            yield {
                "previousdoc": _number(origin["id"]), "previousline": before,
                "previoustype": TYPES[origin["type"]].code, "nextdoc": _number(doc["id"]), "nextline": after,
                "nexttype": TYPES[doc["type"]].code, "nextdate": _day(doc["tranDate"]),
                "previousdate": _day(origin["tranDate"]), "lastmodifieddate": _moment(doc["lastModifiedDate"]),
            }  # fmt: skip


def _children_of(desk: Desk, numbers: tuple[str, ...] | None) -> Iterable[Doc]:
    if numbers is None:
        return _documents(desk, None, {})
    parents = [parent for number in dict.fromkeys(numbers) if (parent := desk.transaction(number)) is not None]
    return [desk.need(kind, child) for parent in parents for kind, child in parent["children"]]


def _documents(desk: Desk, numbers: tuple[str, ...] | None, known: Known) -> Iterable[Doc]:
    if numbers is not None:
        return [doc for number in dict.fromkeys(numbers) if (doc := desk.transaction(number)) is not None]
    kinds = [kind for kind in TRANSACTIONS if TYPES[kind].code in known.get("type", (TYPES[kind].code,))]
    for column, field in _KEYS.items():
        if column in known:
            return [
                doc
                for kind in kinds
                for value in dict.fromkeys(known[column])
                for doc in desk.books.find(f"netsuite.{kind}", **{field: value})
            ]
    return (doc for kind in kinds for doc in desk.books.all(f"netsuite.{kind}"))


def _balances(desk: Desk, known: Known) -> Iterator[Row]:
    kind, items = "netsuite.inventoryBalance", known.get("item")
    if items is None:
        found = desk.books.all(kind)
    else:
        found = [doc for item in dict.fromkeys(items) for doc in desk.books.find(kind, item=item)]
    for doc in found:
        yield {
            "item": _number(doc["item"]), "item$": doc["sku"],
            "location": _number(doc["location"]), "location$": desk.need("location", doc["location"])["name"],
            "inventorystatus": _number(doc["status"]),
            "inventorystatus$": desk.need("inventoryStatus", doc["status"])["name"],
            "quantityonhand": doc["quantity"], "quantityavailable": stock.available(desk, doc),
        }  # fmt: skip


def _accounts(_desk: Desk, _known: Known) -> Iterator[Row]:
    """The chart of accounts, as far as anything here may be booked to an account of one's choice."""
    yield {"id": 1, "acctnumber": "5000", "accttype": "COGS", "fullname": "Inventory Adjustments", "isinactive": "F"}


def _records(kinds: tuple[str, ...], **columns: str) -> Callable[[Desk, Known], Iterator[Row]]:
    """A table of plain records: column by field. The kind of a value follows from the field's name and content."""

    def read(desk: Desk, known: Known) -> Iterator[Row]:
        key = next((name for name in ("id", "externalid", "itemid") if name in known and name in columns), None)
        wanted: list[dict[str, str]] = (
            [{}] if key is None else [{columns[key]: value} for value in dict.fromkeys(known[key])]
        )
        for kind in kinds:
            for fixed in wanted:
                for doc in desk.books.find(f"netsuite.{kind}", **fixed):
                    yield {column: _plain(field, doc.get(field)) for column, field in columns.items()}

    return read


def _plain(field: str, value: object) -> Value:
    if isinstance(value, bool):
        return _flag(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, dict):
        return _number(str(value["id"]))
    text = str(value)
    if field in ("startDate", "endDate", "closedOnDate"):
        return _day(text)
    if field in ("createdDate", "lastModifiedDate"):
        return _moment(text)
    return _number(text) if field == "id" else Decimal(text) if field == "rate" else text


_ITEM = {
    "id": "id", "itemid": "itemId", "externalid": "externalId", "itemtype": "itemType", "displayname": "displayName",
    "isinactive": "isInactive", "upccode": "upcCode", "minimumquantity": "minimumQuantity",
    "createddate": "createdDate", "lastmodifieddate": "lastModifiedDate",
}  # fmt: skip
_CUSTOMER = {
    "id": "id", "entityid": "entityId", "externalid": "externalId", "email": "email", "companyname": "companyName",
    "firstname": "firstName", "lastname": "lastName", "isperson": "isPerson", "phone": "phone",
    "datecreated": "createdDate", "lastmodifieddate": "lastModifiedDate",
}  # fmt: skip
_PERIOD = {
    "id": "id", "periodname": "periodName", "startdate": "startDate", "enddate": "endDate", "closed": "closed",
    "alllocked": "allLocked", "arlocked": "arLocked", "aplocked": "apLocked", "allownonglchanges": "allowNonGLChanges",
    "isposting": "isPosting", "isquarter": "isQuarter", "isyear": "isYear", "isadjust": "isAdjust",
    "isinactive": "isInactive", "closedondate": "closedOnDate", "lastmodifieddate": "lastModifiedDate",
}  # fmt: skip
_NAMED = {"id": "id", "name": "name", "externalid": "externalId", "isinactive": "isInactive"}


def _of(kinds: tuple[str, ...], columns: dict[str, str]) -> Table:
    return Table(frozenset(columns), _records(kinds, **columns))


def _table(read: Callable[[Desk, Known], Iterator[Row]], columns: str) -> Table:
    return Table(frozenset(columns.split()), read)


_LINKED = _table(
    _links,
    "previousdoc previousline previoustype previousdate nextdoc nextline nexttype nextdate lastmodifieddate",
)
TABLES: dict[str, Table] = {
    "transaction": _table(
        _transactions,
        "id externalid type recordtype tranid transactionnumber trandisplayname trandate createddate lastmodifieddate"
        " entity currency postingperiod status memo otherrefnum exchangerate foreigntotal total foreignamountunpaid"
        " foreignamountpaid posting voided custbody_storefront_order",
    ),
    "transactionline": _table(
        _lines,
        "transaction createdfrom id linesequencenumber uniquekey mainline taxline isclosed foreignamount netamount"
        " entity item itemtype quantity quantityshiprecv quantitybilled rate location memo custcol_storefront_line"
        " custcol_warranty_until",
    ),
    "previoustransactionlinelink": _LINKED,
    "nexttransactionlinelink": _LINKED,
    "accountingperiod": _of(("accountingPeriod",), _PERIOD),
    "inventorybalance": _table(_balances, "item location inventorystatus quantityonhand quantityavailable"),
    "account": _table(_accounts, "id acctnumber accttype fullname isinactive"),
    "item": _of(ITEMS, _ITEM),
    "customer": _of(("customer",), _CUSTOMER),
    "entity": _of(("customer",), _CUSTOMER),
    "currency": _of(("currency",), _NAMED | {"symbol": "symbol"}),
    "inventorystatus": _of(("inventoryStatus",), _NAMED | {"inventoryavailable": "inventoryAvailable"}),
    "location": _of(("location",), _NAMED | {"makeinventoryavailable": "makeInventoryAvailable"}),
    "salestaxitem": _of(
        ("salesTaxItem",), {"id": "id", "itemid": "itemId", "rate": "rate", "externalid": "externalId"}
    ),
}  # fmt: skip


def _pointed(column: str, reference: object) -> Row:
    """A reference's id, and beside it what it is called."""
    if not isinstance(reference, dict):
        return {column: None}
    return {column: _number(str(reference["id"])), f"{column}$": str(reference.get("refName", reference["id"]))}


def _number(text: str) -> Value:
    return int(text) if text.isdecimal() else text


def _amount(doc: Doc, amount: int) -> Decimal:
    return decimal(amount, _symbol(doc))


def _base_total(doc: Doc) -> Decimal:
    """In the currency of the account's books, at the document's own rate."""
    signed = int(doc["total"]) * _SIGN.get(doc["type"], 1)
    return decimal(rates.in_base(signed, _symbol(doc), str(doc.get("exchangeRate", "1"))), rates.BASE)


def _symbol(doc: Doc) -> str:
    return str(doc["currency"]["refName"])


def _flag(value: bool) -> str:
    return "T" if value else "F"


def _day(iso: str | None) -> date | None:
    return None if iso is None else date.fromisoformat(iso[:10])


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.removesuffix("Z"))
