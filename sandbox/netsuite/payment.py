"""Customer payments: money that came in, applied to open invoices. Nothing is charged here."""

from sandbox.netsuite import periods
from sandbox.netsuite.amounts import currency_of, to_minor
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import user_error
from sandbox.netsuite.heads import WORDS, customer_of
from sandbox.netsuite.lines import items_of
from sandbox.netsuite.settling import paid


def draft(desk: Desk, invoice: Doc | None, body: Doc) -> Doc:
    """The payment of an invoice (transform), or of the invoices its apply list names (plain creation)."""
    given = items_of(body, "apply")
    if given is None:
        if invoice is None:
            raise user_error("Please enter value(s) for: Apply", "apply")
        given = [{"doc": {"id": invoice["id"]}, "apply": True}]
    customer = None if body.get("customer") is None else customer_of(desk, body, "customer")
    applied: list[Doc] = []
    for place, entry in enumerate(given):
        path = f"apply.items[{place}]"
        if not entry.get("apply", True):
            continue
        target = desk.resolve(("invoice",), entry.get("doc"), f"{path}.doc")
        if customer is not None and target["entity"]["id"] != customer["id"]:
            raise user_error("The invoice belongs to another customer.", f"{path}.doc")
        left = target["amountRemaining"]
        amount = to_minor(entry["amount"], currency_of(target), f"{path}.amount") if "amount" in entry else left
        if amount <= 0 or amount > left:
            raise user_error("The payment amount exceeds the amount remaining on the invoice.", f"{path}.amount")
        applied.append({"doc": reference(target), "amount": amount, "apply": True, "type": "Invoice"})
        invoice = invoice or target
    if invoice is None or not applied:
        raise user_error("You must apply this payment to at least one invoice.", "apply")
    total = sum(row["amount"] for row in applied)
    doc: Doc = {
        "type": "customerPayment", "customer": invoice["entity"], "currency": invoice["currency"],
        "createdFrom": reference(invoice), "custbody_storefront_order": invoice.get("custbody_storefront_order"),
        "tranDate": body.get("tranDate") or desk.today(), "status": {"id": "C", "refName": "Deposited"},
        "exchangeRate": invoice.get("exchangeRate", "1"),
        "apply": applied, "payment": total, "total": total, "applied": total,
    }  # fmt: skip
    doc |= {name: body[name] for name in (*WORDS, "externalId", "account") if body.get(name)}
    doc["postingPeriod"] = periods.for_posting(desk, doc, body)
    return doc


def saved(desk: Desk, doc: Doc) -> Doc:
    new = desk.new("customerPayment", doc)
    for row in new["apply"]:
        paid(desk, row["doc"]["id"], row["amount"])
    return new


def deleted(desk: Desk, doc: Doc) -> None:
    periods.check_open(desk, doc)
    desk.delete(doc)
    for row in doc["apply"]:
        paid(desk, row["doc"]["id"], -row["amount"])
