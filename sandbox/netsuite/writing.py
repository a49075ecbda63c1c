"""What creating, changing, deleting and transforming do, record type by record type."""

import copy
from collections.abc import Callable, Iterator

from sandbox.netsuite import (
    authorization,
    credit,
    fulfillment,
    movements,
    payment,
    periods,
    receipt,
    refund,
    sales,
)  # fmt: skip
from sandbox.netsuite.catalog import TRANSACTIONS, TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import Refused, invalid_content, user_error

Draft = Callable[[Desk, Doc, Doc, frozenset[str]], Doc]


def _bill(kind: str) -> Draft:
    return lambda desk, order, body, replaced: sales.draft(desk, kind, order, body, replaced)


def _credit(kind: str) -> Draft:
    return lambda desk, source, body, replaced: credit.draft(desk, kind, source, body, replaced)


TRANSFORMS: dict[tuple[str, str], Draft] = {
    ("salesOrder", "invoice"): _bill("invoice"),
    ("salesOrder", "cashSale"): _bill("cashSale"),
    ("salesOrder", "itemFulfillment"): fulfillment.draft,
    ("salesOrder", "returnAuthorization"): authorization.draft,
    ("invoice", "returnAuthorization"): authorization.draft,
    ("invoice", "creditMemo"): _credit("creditMemo"),
    ("invoice", "customerPayment"): lambda desk, invoice, body, _: payment.draft(desk, invoice, body),
    ("cashSale", "returnAuthorization"): authorization.draft,
    ("cashSale", "cashRefund"): _credit("cashRefund"),
    ("returnAuthorization", "itemReceipt"): receipt.draft,
    ("returnAuthorization", "creditMemo"): _credit("creditMemo"),
    ("returnAuthorization", "cashRefund"): _credit("cashRefund"),
    ("creditMemo", "customerRefund"): lambda desk, memo, body, _: refund.draft(desk, memo, body),
}
_PLAIN = ("customer", "inventoryItem", "serviceSaleItem", "location", "inventoryStatus")
_NEEDED = {
    "customer": ("entityId", "companyName", "lastName"), "inventoryItem": ("itemId",), "serviceSaleItem": ("itemId",),
    "location": ("name",), "inventoryStatus": ("name",),
}  # fmt: skip


def drafted(desk: Desk, source: Doc, target: str, body: Doc, replaced: frozenset[str]) -> Doc:
    """The target record as it would be, computed; nothing saved."""
    draft = TRANSFORMS.get((source["type"], target))
    if draft is None:
        raise Refused(400, "INVALID_REQUEST", f"Transformation from {source['type']} to {target} is not supported.")
    desk.check_external_id(target, body.get("externalId"), None)
    return draft(desk, source, body, replaced)


def transformed(desk: Desk, source: Doc, target: str, body: Doc, replaced: frozenset[str]) -> Doc:
    return _save(desk, drafted(desk, source, target, body, replaced), body)


def created(desk: Desk, kind: str, body: Doc) -> Doc:
    desk.check_external_id(kind, body.get("externalId"), None)
    none: frozenset[str] = frozenset()
    match kind:
        case "binTransfer":
            return movements.bin_transfer(desk, body)
        case "inventoryTransfer":
            return movements.transfer(desk, body)
        case "inventoryAdjustment":
            return movements.adjustment(desk, body)
        case "salesOrder" | "invoice" | "cashSale":
            doc = sales.draft(desk, kind, None, body, none)
        case "returnAuthorization":
            doc = authorization.draft(desk, None, body, none)
        case "creditMemo" | "cashRefund":
            doc = credit.draft(desk, kind, None, body, none)
        case "customerPayment":
            doc = payment.draft(desk, None, body)
        case "customerRefund":
            doc = refund.draft(desk, None, body)
        case _ if kind in _PLAIN:
            return desk.new(kind, _plain(kind, body))
        case "itemReceipt" | "itemFulfillment":
            raise user_error("Create this transaction by transforming the one it comes from.", "createdFrom")
        case _:
            raise _read_only(kind)
    return _save(desk, doc, body)


def changed(desk: Desk, doc: Doc, body: Doc, replaced: frozenset[str]) -> None:
    kind = doc["type"]
    desk.check_external_id(kind, body.get("externalId"), doc["id"])
    if TYPES[kind].posting:
        periods.check_words(desk, doc)
    match kind:
        case "returnAuthorization":
            new = authorization.changed(desk, doc, body, replaced)
        case "creditMemo" | "cashRefund":
            new = credit.changed(desk, doc, body, replaced)
        case "salesOrder" | "invoice" | "cashSale":
            new = sales.changed(desk, doc, body)
        case _ if kind in _PLAIN:
            new = copy.deepcopy(doc) | body
        case _ if kind in TRANSACTIONS:
            fixed = body.keys() - {"memo", "externalId"}
            if fixed:
                raise user_error("Only memo and externalId of this posted record can change.", min(fixed))
            new = copy.deepcopy(doc) | body
        case _:
            raise _read_only(kind)
    if "externalId" in body:
        new["externalId"] = body["externalId"]
    desk.save(new)


def deleted(desk: Desk, doc: Doc) -> None:
    match doc["type"]:
        case "returnAuthorization":
            authorization.check_deletable(doc)
            desk.delete(doc)
        case "itemReceipt":
            receipt.deleted(desk, doc)
        case "itemFulfillment":
            fulfillment.deleted(desk, doc)
        case "creditMemo" | "cashRefund":
            credit.deleted(desk, doc)
        case "customerRefund":
            refund.deleted(desk, doc)
        case "customerPayment":
            payment.deleted(desk, doc)
        case "salesOrder" | "invoice" | "cashSale":
            sales.deleted(desk, doc)
        case "binTransfer" | "inventoryTransfer" | "inventoryAdjustment":
            movements.deleted(desk, doc)
        case kind if kind in _PLAIN:
            if any(number == doc["id"] for number in _pointed_at(desk, kind)):
                raise user_error("This record cannot be deleted because it has dependent records.")
            desk.delete(doc)
        case kind:
            raise _read_only(kind)


def _plain(kind: str, body: Doc) -> Doc:
    if not any(body.get(name) for name in _NEEDED[kind]):
        raise user_error(f"Please enter value(s) for: {_NEEDED[kind][0]}", _NEEDED[kind][0])
    doc = copy.deepcopy(body)
    if kind == "customer":
        person = f"{body.get('firstName', '')} {body.get('lastName', '')}".strip()
        doc.setdefault("entityId", body.get("companyName") or person)
    if kind in ("inventoryItem", "serviceSaleItem"):
        doc["itemType"] = "InvtPart" if kind == "inventoryItem" else "Service"
    return doc


def _pointed_at(desk: Desk, kind: str) -> Iterator[str]:
    """The ids of records of a type that transactions or stock point at."""
    for balance in desk.books.all("netsuite.inventoryBalance"):
        yield from (balance["item"],) if "Item" in kind else ()
        yield from (balance["location"],) if kind == "location" else ()
        yield from (balance["status"],) if kind == "inventoryStatus" else ()
    for name in TRANSACTIONS:
        for doc in desk.books.all(f"netsuite.{name}"):
            if kind == "customer":
                yield (doc.get("entity") or doc.get("customer") or {"id": ""})["id"]
            elif "Item" in kind:
                yield from (line["item"]["id"] for line in doc.get("item") or doc.get("inventory") or [])


def _save(desk: Desk, doc: Doc, body: Doc) -> Doc:
    match doc["type"]:
        case "itemReceipt":
            return receipt.saved(desk, doc)
        case "itemFulfillment":
            return fulfillment.saved(desk, doc)
        case "creditMemo" | "cashRefund":
            return credit.saved(desk, doc, body)
        case "customerRefund":
            return refund.saved(desk, doc)
        case "customerPayment":
            return payment.saved(desk, doc)
        case "salesOrder" | "invoice" | "cashSale":
            return sales.saved(desk, doc)
    return desk.new(doc["type"], doc)


def _read_only(kind: str) -> Refused:
    return invalid_content(f"Records of the type {kind} are read-only for this role.")
