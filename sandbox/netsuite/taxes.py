"""SuiteTax on a document: the tax details it is given, or copies, or works out again by rate."""

from sandbox.netsuite.amounts import currency_of, tax_on, to_minor, to_rate
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content
from sandbox.netsuite.lines import items_of

SHIPPING = "SHIPPING"


def detail(ref: str, name: str, net: int, code: Doc, rate: str, amount: int) -> Doc:
    return {
        "taxDetailsReference": {"id": ref, "refName": ref},
        "lineType": "Shipping" if ref == SHIPPING else "Item",
        "lineName": name,
        "netAmount": net,
        "taxBasis": net,
        "taxCode": code,
        "taxType": "VAT",
        "taxRate": rate,
        "taxAmount": amount,
    }


def of_line(doc: Doc, line: Doc) -> list[Doc]:
    return [tax for tax in doc["taxDetails"] if tax["taxDetailsReference"]["id"] == line["taxDetailsReference"]]


def copied(doc: Doc, line: Doc) -> list[Doc]:
    """(code, rate, amount) of a posted line, to go along with it unchanged."""
    return [{"taxCode": t["taxCode"], "taxRate": t["taxRate"], "taxAmount": t["taxAmount"]} for t in of_line(doc, line)]


def fill(desk: Desk, doc: Doc, body: Doc) -> None:
    """Set doc["taxDetails"]: as given under an override; else copied for untouched lines and by rate for the others.

    Working out by rate rounds every part by itself, so partial credits made by quantity alone may miss the posted tax
    by a cent: that is how the vendor behaves, and why careful clients send their amounts.
    """
    given = items_of(body, "taxDetails")
    if given is not None and not body.get("taxDetailsOverride"):
        raise invalid_content("Tax details can be set only when taxDetailsOverride is true.", "taxDetailsOverride")
    doc["taxDetailsOverride"] = given is not None
    if given is not None:
        doc["taxDetails"] = [_given(desk, doc, entry, place) for place, entry in enumerate(given)]
    else:
        doc["taxDetails"] = [tax for line in doc["item"] for tax in _reckoned(line)]
        shipping = doc.get("shippingCost", 0)
        if shipping:
            doc["taxDetails"] += [
                detail(SHIPPING, "Shipping", shipping, t["taxCode"], t["taxRate"], tax_on(shipping, t["taxRate"]))
                for t in doc.get("_shippingTaxes", [])
            ]
    for line in doc["item"]:
        line["_taxes"] = [{"taxCode": t["taxCode"], "taxRate": t["taxRate"]} for t in of_line(doc, line)] or line.get(
            "_taxes", []
        )
        line.pop("_copied", None)


def _reckoned(line: Doc) -> list[Doc]:
    ref, name, net = line["taxDetailsReference"], line["item"]["refName"], line["amount"]
    if "_copied" in line:
        return [detail(ref, name, net, t["taxCode"], t["taxRate"], t["taxAmount"]) for t in line["_copied"]]
    return [
        detail(ref, name, net, t["taxCode"], t["taxRate"], tax_on(net, t["taxRate"])) for t in line.get("_taxes", [])
    ]


def _given(desk: Desk, doc: Doc, entry: Doc, place: int) -> Doc:
    path = f"taxDetails.items[{place}]"
    asked = entry.get("taxDetailsReference")
    ref = str(asked.get("id", "")) if isinstance(asked, dict) else str(asked or "")
    line = next((line for line in doc["item"] if line["taxDetailsReference"] == ref), None)
    if line is None and not (ref == SHIPPING and doc.get("shippingCost")):
        raise invalid_content(f"No line carries the taxDetailsReference {ref!r}.", f"{path}.taxDetailsReference")
    net = line["amount"] if line is not None else doc["shippingCost"]
    name = line["item"]["refName"] if line is not None else "Shipping"
    code = desk.resolve(("salesTaxItem",), entry.get("taxCode"), f"{path}.taxCode")
    currency = currency_of(doc)
    rate = to_rate(entry["taxRate"], f"{path}.taxRate") if "taxRate" in entry else str(code["rate"])
    given = entry.get("taxAmount")
    amount = tax_on(net, rate) if given is None else to_minor(given, currency, f"{path}.taxAmount")
    return detail(ref, name, net, reference(code), rate, amount)
