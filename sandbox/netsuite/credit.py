"""Credit memos: made from an authorization or an invoice, bound by what is left of the invoice, applied, refunded."""

import copy

from sandbox.netsuite import authorization, periods, rates, skew
from sandbox.netsuite.amounts import by_rate, currency_of, to_minor, to_rate, total_up
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.lines import items_of, taken
from sandbox.netsuite.open_amounts import check_remainder, credits_of, invoice_of, open_for_return, shipping_of
from sandbox.netsuite.taxes import copied, fill

_MAY_CREDIT = ("B", "D", "E", "F")
_STATES = {"A": "Open", "B": "Fully Applied"}


def draft(desk: Desk, source: Doc, body: Doc, replace: bool) -> Doc:
    """The memo a transform would post, computed and checked; nothing is saved but the countdown of a planned skew."""
    invoice = invoice_of(desk, source)
    if source["type"] == "returnAuthorization":
        if source["status"]["id"] not in _MAY_CREDIT:
            raise user_error(
                f"An authorization that is {source['status']['refName']} cannot be credited.", "createdFrom"
            )
        open_lines, shipping = _open_of(source), 0
    else:
        open_lines = [line for line in open_for_return(desk, invoice) if line["quantity"] > 0]
        shipping = invoice.get("shippingCost", 0) - sum(shipping_of(memo) for memo in credits_of(desk, invoice))
    doc: Doc = {
        "type": "creditMemo",
        "entity": source["entity"],
        "currency": source["currency"],
        "createdFrom": reference(source),
        "custbody_storefront_order": body.get("custbody_storefront_order", source.get("custbody_storefront_order")),
        "exchangeRate": _rate(desk, source, body),
        "tranDate": body.get("tranDate") or desk.today(),
        "taxPointDate": body.get("taxPointDate") or body.get("tranDate") or desk.today(),
        "memo": body.get("memo", ""),
        "_invoice": invoice["id"],
        "_shippingTaxes": invoice.get("_shippingTaxes", []),
    }
    doc |= {name: body[name] for name in ("externalId", "otherRefNum") if body.get(name)}
    doc["postingPeriod"] = periods.for_posting(desk, doc | {"postingPeriod": body.get("postingPeriod")})
    doc["item"] = taken(desk, doc, open_lines, body, replace)
    given = body.get("shippingCost")
    doc["shippingCost"] = shipping if given is None else to_minor(given, currency_of(doc), "shippingCost")
    if not doc["item"] and not doc["shippingCost"]:
        raise user_error("You must enter at least one line item for this transaction.", "item")
    check_remainder(desk, invoice, doc)
    fill(desk, doc, body)
    skew.apply(desk, doc)
    total_up(doc)
    if doc["total"] < 0:
        raise user_error("The total of a transaction cannot be negative.", "total")
    doc["apply"] = []
    _settle(doc, 0)
    return doc


def _rate(desk: Desk, source: Doc, body: Doc) -> str:
    """The rate the body names, else today's: NetSuite does not take over that of the invoice."""
    if "exchangeRate" in body:
        return to_rate(body["exchangeRate"], "exchangeRate")
    return rates.today(desk, currency_of(source))


def saved(desk: Desk, doc: Doc, body: Doc) -> Doc:
    new = desk.new("creditMemo", doc)
    apply_to_invoices(desk, new, body)
    origin = desk.transaction(new["createdFrom"]["id"])
    if origin is not None and origin["type"] == "returnAuthorization":
        authorization.refresh(desk, origin["id"])
    return new


def changed(desk: Desk, old: Doc, body: Doc) -> Doc:
    """PATCH: words, and what the memo is applied to. Amounts of a posted memo stay."""
    fixed = {"item", "taxDetails", "shippingCost", "tranDate", "postingPeriod", "currency", "entity"} & body.keys()
    if fixed:
        raise user_error("The amounts of a posted credit memo are not changed here.", min(fixed))
    doc = copy.deepcopy(old) | {name: body[name] for name in ("memo", "otherRefNum") if name in body}
    apply_to_invoices(desk, doc, body)
    return doc


def deleted(desk: Desk, doc: Doc) -> None:
    if doc["applied"]:
        raise user_error("This transaction cannot be deleted because it has been applied or refunded.")
    periods.for_posting(desk, doc)
    desk.delete(doc)
    origin = desk.transaction(doc["createdFrom"]["id"])
    if origin is not None and origin["type"] == "returnAuthorization":
        authorization.refresh(desk, origin["id"])


def use(desk: Desk, number: str, amount: int) -> None:
    """Take `amount` of a memo for a refund; negative gives it back."""
    doc = copy.deepcopy(desk.need("creditMemo", number))
    _settle(doc, doc["applied"] + amount)
    desk.save(doc)


def apply_to_invoices(desk: Desk, doc: Doc, body: Doc) -> None:
    for place, entry in enumerate(items_of(body, "apply") or []):
        path = f"apply.items[{place}]"
        if not entry.get("apply", True):
            continue
        invoice = copy.deepcopy(desk.resolve(("invoice",), entry.get("doc"), f"{path}.doc"))
        most = min(invoice["amountRemaining"], doc["amountRemaining"])
        amount = to_minor(entry["amount"], currency_of(doc), f"{path}.amount") if "amount" in entry else most
        if amount <= 0 or amount > most:
            raise user_error("The amount applied exceeds what is open on the credit memo or the invoice.", path)
        invoice["amountRemaining"] -= amount
        invoice["status"] = {"id": "A", "refName": "Open"} if invoice["amountRemaining"] else {
            "id": "B", "refName": "Paid In Full",
        }  # fmt: skip
        desk.save(invoice)
        doc["apply"] = [*doc["apply"], {"doc": reference(invoice), "amount": amount, "apply": True, "type": "Invoice"}]
        _settle(doc, doc["applied"] + amount)
    desk.save(doc)


def _settle(doc: Doc, applied: int) -> None:
    if applied > doc["total"]:
        raise invalid_content("More would be applied than the credit memo is worth.", "apply")
    state = "B" if applied == doc["total"] else "A"
    doc |= {
        "applied": applied, "amountRemaining": doc["total"] - applied, "unapplied": doc["total"] - applied,
        "status": {"id": state, "refName": _STATES[state]},
    }  # fmt: skip


def _open_of(source: Doc) -> list[Doc]:
    """The authorization's lines not credited yet; a line taken whole keeps its amounts and taxes."""
    found = []
    for line in source["item"]:
        left = line["quantity"] - line["quantityBilled"]
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
