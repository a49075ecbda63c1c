"""What a credit memo is applied to: open invoices of the customer, and refunds that take from it."""

import copy

from sandbox.netsuite.amounts import currency_of, to_minor
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content, user_error
from sandbox.netsuite.lines import items_of

_STATES = {"A": "Open", "B": "Fully Applied"}


def apply(desk: Desk, memo: Doc, body: Doc, replaced: frozenset[str]) -> None:
    """Applies `memo` as the body's apply sublist says. With `replace=apply` it is taken off all else first."""
    entries = items_of(body, "apply") or []
    if "apply" in replaced:
        for row in memo["apply"]:
            _take_off(desk, memo, row)
    for place, entry in enumerate(entries):
        path = f"apply.items[{place}]"
        invoice = desk.resolve(("invoice",), entry.get("doc"), f"{path}.doc")
        before = next((row for row in memo["apply"] if row["doc"]["id"] == invoice["id"]), None)
        if before is not None:
            # The sublist is keyed by what it is applied to: a line that is there already is written over.
            _take_off(desk, memo, before)
        if entry.get("apply", True):
            _put_on(desk, memo, invoice["id"], entry, path)


def settle(memo: Doc, applied: int) -> None:
    if applied > memo["total"]:
        raise invalid_content("More would be applied than the credit memo is worth.", "apply")
    state = "B" if applied == memo["total"] else "A"
    memo |= {
        "applied": applied, "amountRemaining": memo["total"] - applied, "unapplied": memo["total"] - applied,
        "status": {"id": state, "refName": _STATES[state]},
    }  # fmt: skip


def taken_off(memo: Doc, amount: int) -> None:
    settle(memo, memo["applied"] + amount)


def _put_on(desk: Desk, memo: Doc, number: str, entry: Doc, path: str) -> None:
    invoice = desk.need("invoice", number)
    most = min(invoice["amountRemaining"], memo["amountRemaining"])
    amount = to_minor(entry["amount"], currency_of(memo), f"{path}.amount") if "amount" in entry else most
    if amount <= 0 or amount > most:
        raise user_error("The amount applied exceeds what is open on the credit memo or the invoice.", path)
    paid(desk, number, amount)
    row = {"doc": reference(invoice), "amount": amount, "apply": True, "type": "Invoice"}
    memo["apply"] = [*memo["apply"], row]
    taken_off(memo, amount)


def _take_off(desk: Desk, memo: Doc, row: Doc) -> None:
    paid(desk, row["doc"]["id"], -row["amount"])
    memo["apply"] = [each for each in memo["apply"] if each is not row]
    taken_off(memo, -row["amount"])


def paid(desk: Desk, number: str, amount: int) -> None:
    """Take `amount` off what is open on an invoice; negative opens it again."""
    invoice = copy.deepcopy(desk.need("invoice", number))
    invoice["amountRemaining"] -= amount
    invoice["amountPaid"] = invoice["total"] - invoice["amountRemaining"]
    state = ("A", "Open") if invoice["amountRemaining"] else ("B", "Paid In Full")
    desk.save(invoice | {"status": {"id": state[0], "refName": state[1]}})
