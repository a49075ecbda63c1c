"""Credit memos and cash refunds: made from an authorization or a sale, or alone, bound by what is left of the sale."""

import copy

from sandbox.netsuite import authorization, periods, preferences, skew, stock
from sandbox.netsuite.amounts import by_rate, currency_of, to_minor, total_up
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import user_error
from sandbox.netsuite.heads import WORDS, head, rate_of
from sandbox.netsuite.lines import taken
from sandbox.netsuite.open_amounts import check_remainder, credits_of, open_for_return, sale_of, shipping_of
from sandbox.netsuite.settling import apply, settle, taken_off
from sandbox.netsuite.taxes import copied, fill

_MAY_CREDIT = ("B", "D", "E", "F")
_FIXED = frozenset({"item", "taxDetails", "shippingCost", "tranDate", "postingPeriod", "currency", "entity"})


def draft(desk: Desk, kind: str, source: Doc | None, body: Doc, replaced: frozenset[str]) -> Doc:
    """The credit a transform would post, computed and checked; nothing is saved but the countdown of a planned skew."""
    sale = None if source is None else sale_of(desk, source)
    open_lines, shipping = _open(desk, source, sale)
    doc = head(desk, kind, source, body)
    doc["exchangeRate"] = rate_of(desk, doc, body)
    doc["taxPointDate"] = body.get("taxPointDate") or doc["tranDate"]
    doc["_shippingTaxes"] = sale.get("_shippingTaxes", []) if sale is not None else []
    if sale is not None:
        doc["_sale"] = sale["id"]
    doc |= {name: body[name] for name in ("otherRefNum", "paymentOption", "account") if body.get(name)}
    doc["postingPeriod"] = periods.for_posting(desk, doc, body)
    doc["item"] = taken(desk, doc, open_lines, body, "item" in replaced)
    given = body.get("shippingCost")
    doc["shippingCost"] = shipping if given is None else to_minor(given, currency_of(doc), "shippingCost")
    if not doc["item"] and not doc["shippingCost"]:
        raise user_error("You must enter at least one line item for this transaction.", "item")
    if source is not None and source["type"] == "returnAuthorization":
        _check_received(desk, doc, open_lines)
    if sale is not None:
        check_remainder(desk, sale, doc)
    fill(desk, doc, body)
    skew.apply(desk, doc)
    total_up(doc)
    if doc["total"] < 0:
        raise user_error("The total of a transaction cannot be negative.", "total")
    if kind == "creditMemo":
        doc["apply"] = []
        settle(doc, 0)
    else:
        doc["status"] = {"id": "C", "refName": TYPES[kind].states["C"]}
    return doc


def saved(desk: Desk, doc: Doc, body: Doc) -> Doc:
    source = desk.source_of(doc)
    authorized = source is not None and source["type"] == "returnAuthorization"
    if authorized and not preferences.on(desk, "advanced_receiving"):
        stock.put(desk, doc, [
            [line["item"], stock.MAIN_LOCATION, stock.GOOD, line["quantity"]]
            for line in doc["item"] if line["itemType"] == "InvtPart" and line["quantity"]
        ])  # fmt: skip
    new = desk.new(doc["type"], doc)
    if new["type"] == "creditMemo":
        apply(desk, new, body, frozenset())
        desk.save(new)
    _refresh(desk, new)
    return new


def changed(desk: Desk, old: Doc, body: Doc, replaced: frozenset[str]) -> Doc:
    """PATCH: words, and what a memo is applied to. Amounts of a posted credit stay."""
    if fixed := _FIXED & body.keys():
        raise user_error("The amounts of a posted credit are not changed here.", min(fixed))
    if old["status"]["id"] == "V":
        raise user_error("A voided transaction cannot be changed.", "status")
    doc = copy.deepcopy(old) | {name: body[name] for name in WORDS if name in body}
    if old["type"] == "creditMemo":
        apply(desk, doc, body, replaced)
    return doc


def deleted(desk: Desk, doc: Doc) -> None:
    if doc.get("applied"):
        raise user_error("This transaction cannot be deleted because it has been applied or refunded.")
    periods.check_open(desk, doc)
    stock.take_back(desk, doc)
    desk.delete(doc)
    _refresh(desk, doc)


def voided(desk: Desk, old: Doc) -> None:
    """As by the button in the account's pages: the document stays, its amounts become zero."""
    if old["status"]["id"] == "V":
        raise user_error("This transaction has already been voided.")
    if old.get("applied"):
        raise user_error("This transaction cannot be voided because it has been applied or refunded.")
    periods.check_open(desk, old)
    stock.take_back(desk, old)
    doc = copy.deepcopy(old) | {"memo": "VOID", "shippingCost": 0, "_moves": []}
    for line in doc["item"]:
        line["amount"] = 0
    for tax in doc["taxDetails"]:
        tax |= {"netAmount": 0, "taxBasis": 0, "taxAmount": 0}
    total_up(doc)
    if doc["type"] == "creditMemo":
        settle(doc, 0)
    desk.save(doc | {"status": {"id": "V", "refName": "Voided"}})
    _refresh(desk, doc)


def use(desk: Desk, number: str, amount: int) -> None:
    """Take `amount` of a memo for a refund; negative gives it back."""
    doc = copy.deepcopy(desk.need("creditMemo", number))
    taken_off(doc, amount)
    desk.save(doc)


def _refresh(desk: Desk, doc: Doc) -> None:
    source = desk.source_of(doc)
    if source is not None and source["type"] == "returnAuthorization":
        authorization.refresh(desk, source["id"])


def _open(desk: Desk, source: Doc | None, sale: Doc | None) -> tuple[list[Doc], int]:
    """The lines a transform offers, and the shipping that is left to give back."""
    if source is None:
        return [], 0
    if source["type"] == "returnAuthorization":
        may = _MAY_CREDIT if preferences.on(desk, "refund_in_advance") else _MAY_CREDIT[1:]
        if source["status"]["id"] not in may:
            raise user_error(
                f"An authorization that is {source['status']['refName']} cannot be credited.", "createdFrom"
            )
        return _open_of(desk, source), 0
    assert sale is not None
    open_lines = [line for line in open_for_return(desk, sale) if line["quantity"] > 0]
    return open_lines, sale.get("shippingCost", 0) - sum(shipping_of(memo) for memo in credits_of(desk, sale))


def _open_of(desk: Desk, source: Doc) -> list[Doc]:
    """The authorization's lines not credited yet; a line taken whole keeps its amounts and taxes."""
    found = []
    for line in source["item"]:
        left = _limit(desk, line) - line["quantityBilled"]
        if line["isClosed"] or (left <= 0 and (line["quantity"] or line.get("_billed"))):
            continue
        gone = ("line", "taxDetailsReference", "grossAmt", "quantityReceived", "quantityBilled", "_billed")
        new = {name: value for name, value in line.items() if name not in gone}
        new |= {"orderLine": line["line"], "quantity": left}
        if left == line["quantity"]:
            new["_copied"] = copied(source, line)
        else:
            new["amount"] = by_rate(line["rate"], left, currency_of(source))
        found.append(new)
    return found


def _limit(desk: Desk, line: Doc) -> int:
    """How many units of an authorization's line may be credited in all."""
    waits = line["itemType"] == "InvtPart" and not preferences.on(desk, "refund_in_advance")
    if waits and preferences.on(desk, "advanced_receiving"):
        return int(line["quantityReceived"])
    return int(line["quantity"])


def _check_received(desk: Desk, doc: Doc, open_lines: list[Doc]) -> None:
    """Without Refund in Advance of Return, goods are credited only as far as they came back."""
    if preferences.on(desk, "refund_in_advance"):
        return
    left = {line["orderLine"]: line["quantity"] for line in open_lines}
    for line in doc["item"]:
        if line["itemType"] == "InvtPart" and line["quantity"] > left.get(line.get("orderLine"), line["quantity"]):
            raise user_error(
                f"The quantity of line {line['orderLine']} exceeds what was received and not yet refunded.", "item"
            )
