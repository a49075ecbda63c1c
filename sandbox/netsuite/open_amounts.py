"""What of a posted invoice is still open: units to return, units and amounts to credit."""

from sandbox.netsuite.amounts import by_rate, currency_of
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import user_error
from sandbox.netsuite.taxes import copied

SHIPPING_ITEM = "SHIPPING"


def invoice_of(desk: Desk, source: Doc) -> Doc:
    """The invoice behind an invoice, its sales order, or an authorization made of either."""
    if source["type"] == "invoice":
        return source
    if source["type"] == "salesOrder":
        invoices = desk.children(source, "invoice")
        if not invoices:
            raise user_error("This sales order has not been billed: there is nothing to return.")
        return invoices[0]
    return desk.need("invoice", source["_invoice"])


def credits_of(desk: Desk, invoice: Doc) -> list[Doc]:
    """Every credit memo against the invoice, made from it or from one of its authorizations."""
    memos = desk.children(invoice, "creditMemo")
    for authorization in _authorizations(desk, invoice):
        memos += desk.children(authorization, "creditMemo")
    return memos


def open_for_return(desk: Desk, invoice: Doc) -> list[Doc]:
    """The invoice's lines with the quantity no authorization claims and no credit took."""
    claimed: dict[int, int] = {}
    for authorization in _authorizations(desk, invoice):
        for line in authorization["item"]:
            if "orderLine" in line:
                units = line["quantityBilled"] if line["isClosed"] else line["quantity"]
                claimed[line["orderLine"]] = claimed.get(line["orderLine"], 0) + units
    for memo in desk.children(invoice, "creditMemo"):
        for line in memo["item"]:
            if "orderLine" in line:
                claimed[line["orderLine"]] = claimed.get(line["orderLine"], 0) + line["quantity"]
    return [_as_source(invoice, line, line["quantity"] - claimed.get(line["line"], 0)) for line in invoice["item"]]


def credited(desk: Desk, invoice: Doc) -> dict[int, tuple[int, int]]:
    """(units, net) credited so far, by invoice line."""
    sums: dict[int, tuple[int, int]] = {}
    for memo in credits_of(desk, invoice):
        for line in memo["item"]:
            number = line.get("_invoiceLine")
            if number is not None:
                units, net = sums.get(number, (0, 0))
                sums[number] = (units + line["quantity"], net + line["amount"])
    return sums


def shipping_of(memo: Doc) -> int:
    """Shipping a memo gives back: its header's, and lines of the shipping item (authorizations have no header one)."""
    lines = [int(line["amount"]) for line in memo["item"] if line["item"]["refName"] == SHIPPING_ITEM]
    return int(memo.get("shippingCost", 0)) + sum(lines)


def check_remainder(desk: Desk, invoice: Doc, memo: Doc) -> None:
    """A credit memo takes no more units and no more net amount of an invoice line than are left of it."""
    sums = credited(desk, invoice)
    wanted: dict[int, tuple[int, int]] = {}
    for line in memo["item"]:
        number = line.get("_invoiceLine")
        if number is not None:
            units, net = wanted.get(number, (0, 0))
            wanted[number] = (units + line["quantity"], net + line["amount"])
    for line in invoice["item"]:
        units, net = wanted.get(line["line"], (0, 0))
        units_before, net_before = sums.get(line["line"], (0, 0))
        if units + units_before > line["quantity"]:
            raise user_error(f"The quantity of line {line['line']} exceeds what is left to credit.", "item")
        if net + net_before > line["amount"]:
            raise user_error(f"The amount of line {line['line']} exceeds what is left of the invoice line.", "item")
    shipping = shipping_of(memo) + sum(shipping_of(earlier) for earlier in credits_of(desk, invoice))
    if shipping > invoice.get("shippingCost", 0):
        raise user_error("The shipping cost exceeds what is left of the invoice's shipping.", "shippingCost")


def _authorizations(desk: Desk, invoice: Doc) -> list[Doc]:
    found = desk.children(invoice, "returnAuthorization")
    origin = invoice.get("createdFrom")
    order = desk.find("salesOrder", origin["id"]) if origin else None
    return found + (desk.children(order, "returnAuthorization") if order is not None else [])


def _as_source(invoice: Doc, line: Doc, quantity: int) -> Doc:
    """An invoice line as a transform offers it; a whole line keeps its posted amounts, a part follows from the rate."""
    whole = quantity == line["quantity"]
    source = {name: value for name, value in line.items() if name not in ("line", "taxDetailsReference", "grossAmt")}
    source |= {"orderLine": line["line"], "_invoiceLine": line["line"], "quantity": quantity}
    if whole:
        source["_copied"] = copied(invoice, line)
    else:
        source["amount"] = by_rate(line["rate"], quantity, currency_of(invoice))
    return source
