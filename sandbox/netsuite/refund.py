"""Customer refunds: money recorded as given back against credit memos. Nothing is charged or paid here."""

from sandbox.netsuite import credit, periods
from sandbox.netsuite.amounts import currency_of, to_minor
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import user_error
from sandbox.netsuite.lines import items_of

_HEADER = ("externalId", "memo", "tranDate", "checkNumber", "handlingMode", "paymentOperation", "account")


def draft(desk: Desk, memo: Doc | None, body: Doc) -> Doc:
    """The refund of a memo (transform), or of the memos its apply list names (plain creation)."""
    given = items_of(body, "apply")
    if given is None:
        if memo is None:
            raise user_error("Please enter value(s) for: Apply", "apply")
        given = [{"doc": {"id": memo["id"]}, "apply": True}]
    applied, total = [], 0
    for place, entry in enumerate(given):
        path = f"apply.items[{place}]"
        if not entry.get("apply", True):
            continue
        source = desk.resolve(("creditMemo",), entry.get("doc"), f"{path}.doc")
        left = source["amountRemaining"]
        amount = to_minor(entry["amount"], currency_of(source), f"{path}.amount") if "amount" in entry else left
        if amount <= 0 or amount > left:
            raise user_error("The refund amount exceeds the amount remaining on the credit memo.", f"{path}.amount")
        applied.append({"doc": reference(source), "amount": amount, "apply": True, "type": "Credit Memo"})
        total += amount
        memo = memo or source
    if memo is None or not applied:
        raise user_error("You must apply this refund to at least one credit.", "apply")
    doc: Doc = {
        "type": "customerRefund",
        "customer": memo["entity"],
        "currency": memo["currency"],
        "createdFrom": reference(memo),
        "custbody_storefront_order": memo.get("custbody_storefront_order"),
        "handlingMode": {"id": "SAVE_ONLY", "refName": "Save Only"},
        "tranDate": desk.today(),
        "status": {"id": "R", "refName": "Deposited"},
        "apply": applied,
        "total": total,
    }
    doc |= {name: body[name] for name in _HEADER if body.get(name)}
    doc["postingPeriod"] = periods.for_posting(desk, doc, body)
    return doc


def saved(desk: Desk, doc: Doc) -> Doc:
    new = desk.new("customerRefund", doc)
    for row in new["apply"]:
        credit.use(desk, row["doc"]["id"], row["amount"])
    return new


def deleted(desk: Desk, doc: Doc) -> None:
    periods.check_open(desk, doc)
    _give_back(desk, doc)
    desk.delete(doc)


def voided(desk: Desk, doc: Doc) -> None:
    """As by the button in the account's pages: the document stays, its amounts become zero."""
    if doc["status"]["id"] == "V":
        raise user_error("This transaction has already been voided.")
    periods.check_open(desk, doc)
    _give_back(desk, doc)
    desk.save(doc | {"memo": "VOID", "total": 0, "apply": [], "status": {"id": "V", "refName": "Voided"}})


def _give_back(desk: Desk, doc: Doc) -> None:
    for row in doc["apply"]:
        credit.use(desk, row["doc"]["id"], -row["amount"])
