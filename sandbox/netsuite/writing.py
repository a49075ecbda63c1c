"""What creating, changing, deleting and transforming do, record type by record type."""

import copy
from collections.abc import Callable

from sandbox.netsuite import authorization, credit, receipt, refund, stock
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import Refused, invalid_content, user_error

Draft = Callable[[Desk, Doc, Doc, bool], Doc]

TRANSFORMS: dict[tuple[str, str], Draft] = {
    ("invoice", "returnAuthorization"): authorization.draft,
    ("salesOrder", "returnAuthorization"): authorization.draft,
    ("invoice", "creditMemo"): credit.draft,
    ("returnAuthorization", "creditMemo"): credit.draft,
    ("returnAuthorization", "itemReceipt"): receipt.draft,
    ("creditMemo", "customerRefund"): lambda desk, memo, body, _replace: refund.draft(desk, memo, body),
}
_PLAIN = ("customer", "inventoryItem", "serviceItem")


def drafted(desk: Desk, source: Doc, target: str, body: Doc, replace: bool) -> Doc:
    """The target record as it would be, computed; nothing saved."""
    draft = TRANSFORMS.get((source["type"], target))
    if draft is None:
        raise Refused(400, "INVALID_REQUEST", f"Transformation from {source['type']} to {target} is not supported.")
    desk.check_external_id(target, body.get("externalId"), None)
    return draft(desk, source, body, replace)


def transformed(desk: Desk, source: Doc, target: str, body: Doc, replace: bool) -> Doc:
    return _save(desk, drafted(desk, source, target, body, replace), body)


def created(desk: Desk, kind: str, body: Doc) -> Doc:
    desk.check_external_id(kind, body.get("externalId"), None)
    match kind:
        case "binTransfer":
            return stock.transfer(desk, body)
        case "inventoryAdjustment":
            return stock.adjustment(desk, body)
        case "customerRefund":
            return _save(desk, refund.draft(desk, None, body), body)
        case "customer" | "inventoryItem" | "serviceItem":
            return desk.new(kind, copy.deepcopy(body))
    if not TYPES[kind].writable:
        raise _read_only(kind)
    raise user_error("Create this transaction by transforming the one it comes from.", "createdFrom")


def changed(desk: Desk, doc: Doc, body: Doc, replace: bool) -> None:
    kind = doc["type"]
    desk.check_external_id(kind, body.get("externalId"), doc["id"])
    match kind:
        case "returnAuthorization":
            new = authorization.changed(desk, doc, body, replace)
        case "creditMemo":
            new = credit.changed(desk, doc, body)
        case "itemReceipt" | "customerRefund" | "binTransfer" | "inventoryAdjustment":
            fixed = body.keys() - {"memo", "externalId"}
            if fixed:
                raise user_error("Only memo and externalId of this posted record can change.", min(fixed))
            new = copy.deepcopy(doc) | body
        case _ if kind in _PLAIN:
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
        case "creditMemo":
            credit.deleted(desk, doc)
        case "customerRefund":
            refund.deleted(desk, doc)
        case _:
            raise user_error("This record cannot be deleted because it has dependent records.")


def _save(desk: Desk, doc: Doc, body: Doc) -> Doc:
    match doc["type"]:
        case "itemReceipt":
            return receipt.saved(desk, doc)
        case "creditMemo":
            return credit.saved(desk, doc, body)
        case "customerRefund":
            return refund.saved(desk, doc)
    return desk.new(doc["type"], doc)


def _read_only(kind: str) -> Refused:
    return invalid_content(f"Records of the type {kind} are read-only for this role.")
