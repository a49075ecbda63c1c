"""What of a posted sale is still open: units to return, units and amounts to credit."""

from sandbox.netsuite.amounts import by_rate, currency_of
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import user_error
from sandbox.netsuite.taxes import copied

SHIPPING_ITEM = "SHIPPING"
_SALES = ("invoice", "cashSale")
_CREDITS = ("creditMemo", "cashRefund")


def sale_of(desk: Desk, source: Doc) -> Doc | None:
    """The invoice or cash sale behind itself, its order, or an authorization of either; None when it stands alone."""
    if source["type"] in _SALES:
        return source
    if source["type"] == "salesOrder":
        sales = desk.children(source, *_SALES)
        if not sales:
            raise user_error("This sales order has not been billed: there is nothing to return.")
        return sales[0]
    return desk.transaction(source["_sale"]) if source.get("_sale") else None


def credits_of(desk: Desk, sale: Doc) -> list[Doc]:
    """Every memo and cash refund against the sale, made from it or from one of its authorizations; not the voided."""
    found = desk.children(sale, *_CREDITS)
    for authorization in _authorizations(desk, sale):
        found += desk.children(authorization, *_CREDITS)
    return [doc for doc in found if doc["status"]["id"] != "V"]


def open_for_return(desk: Desk, sale: Doc) -> list[Doc]:
    """The sale's lines with the quantity no authorization claims and no credit took."""
    claimed: dict[int, int] = {}
    for authorization in _authorizations(desk, sale):
        if authorization["status"]["id"] == "C":
            continue
        for line in authorization["item"]:
            if "orderLine" in line:
                units = line["quantityBilled"] if line["isClosed"] else line["quantity"]
                claimed[line["orderLine"]] = claimed.get(line["orderLine"], 0) + units
    for credit in desk.children(sale, *_CREDITS):
        for line in credit["item"] if credit["status"]["id"] != "V" else []:
            if "orderLine" in line:
                claimed[line["orderLine"]] = claimed.get(line["orderLine"], 0) + line["quantity"]
    return [_as_source(sale, line, line["quantity"] - claimed.get(line["line"], 0)) for line in sale["item"]]


def credited(desk: Desk, sale: Doc) -> dict[int, tuple[int, int]]:
    """(units, net) credited so far, by the sale's line."""
    sums: dict[int, tuple[int, int]] = {}
    for credit in credits_of(desk, sale):
        for line in credit["item"]:
            number = line.get("_saleLine")
            if number is not None:
                units, net = sums.get(number, (0, 0))
                sums[number] = (units + line["quantity"], net + line["amount"])
    return sums


def shipping_of(credit: Doc) -> int:
    """Shipping a credit gives back: its head's, and lines of the shipping item, as authorizations have none there."""
    lines = [int(line["amount"]) for line in credit["item"] if line["item"]["refName"] == SHIPPING_ITEM]
    return int(credit.get("shippingCost", 0)) + sum(lines)


def check_remainder(desk: Desk, sale: Doc, credit: Doc) -> None:
    """A credit takes no more units and no more net amount of a line than are left of it."""
    sums = credited(desk, sale)
    wanted: dict[int, tuple[int, int]] = {}
    for line in credit["item"]:
        number = line.get("_saleLine")
        if number is not None:
            units, net = wanted.get(number, (0, 0))
            wanted[number] = (units + line["quantity"], net + line["amount"])
    for line in sale["item"]:
        units, net = wanted.get(line["line"], (0, 0))
        units_before, net_before = sums.get(line["line"], (0, 0))
        if units + units_before > line["quantity"]:
            raise user_error(f"The quantity of line {line['line']} exceeds what is left to credit.", "item")
        if net + net_before > line["amount"]:
            raise user_error(f"The amount of line {line['line']} exceeds what is left of the invoice line.", "item")
    shipping = shipping_of(credit) + sum(shipping_of(earlier) for earlier in credits_of(desk, sale))
    if shipping > sale.get("shippingCost", 0):
        raise user_error("The shipping cost exceeds what is left of the invoice's shipping.", "shippingCost")


def _authorizations(desk: Desk, sale: Doc) -> list[Doc]:
    found = desk.children(sale, "returnAuthorization")
    origin = sale.get("createdFrom")
    order = desk.find("salesOrder", origin["id"]) if origin else None
    return found + (desk.children(order, "returnAuthorization") if order is not None else [])


def _as_source(sale: Doc, line: Doc, quantity: int) -> Doc:
    """A line as a transform offers it; a whole line keeps its posted amounts, a part follows from the rate."""
    gone = ("line", "orderLine", "taxDetailsReference", "grossAmt")
    source = {name: value for name, value in line.items() if name not in gone}
    source |= {"orderLine": line["line"], "_saleLine": line["line"], "quantity": quantity}
    if quantity == line["quantity"]:
        source["_copied"] = copied(sale, line)
    else:
        source["amount"] = by_rate(line["rate"], quantity, currency_of(sale))
    return source
