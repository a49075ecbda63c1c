"""Seeding: a neutral order becomes customer, items, sales order, posted invoice and, unless on account, its payment."""

from decimal import Decimal
from typing import Any

from sandbox.money import decimal, exponent
from sandbox.netsuite import periods, rates, sales, stock
from sandbox.netsuite.amounts import total_up
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import Refused
from sandbox.netsuite.open_amounts import SHIPPING_ITEM
from sandbox.netsuite.taxes import SHIPPING, detail
from sandbox.posting import PostedLine, PostedOrder, PostedTax, post

_SERVICES = (
    (SHIPPING_ITEM, "Shipping given back"),
    ("RETURN-FEE", "Return and restocking fees"),
    ("RETURN-PRICE", "Corrected prices of kept goods"),
)


def open_the_account(desk: Desk) -> None:
    """What every account has before its first order."""
    with desk.books.transaction():
        periods.open_the_books(desk)
        stock.open_the_warehouse(desk)
        desk.currency(rates.BASE)
        for code, title in _SERVICES:
            _item(desk, code, title, "serviceSaleItem")


def seed(desk: Desk, order: dict[str, Any]) -> dict[str, Any]:
    """Answers the ids; an order that is already there is answered as it is. "invoiced": false leaves it unbilled."""
    try:
        return _seeded(desk, order)
    except Refused as refused:
        raise ValueError(refused.detail) from refused


def _seeded(desk: Desk, order: dict[str, Any]) -> dict[str, Any]:
    posted = post(order)
    known = desk.find("salesOrder", f"eid:order-{posted.order_id}")
    if known is None:
        rate = str(order.get("exchange_rate") or rates.today(desk, posted.currency))
        known = _book(desk, posted, rate, bool(order.get("invoiced", True)))
    invoices = desk.children(known, "invoice")
    return {"sales_order": known["id"], "invoice": invoices[0]["id"] if invoices else None}


def _book(desk: Desk, posted: PostedOrder, rate: str, invoiced: bool) -> Doc:
    customer = _customer(desk, posted)
    day = (posted.delivered_at or posted.placed_at).date().isoformat()
    header: Doc = {
        "entity": reference(customer),
        "currency": reference(desk.currency(posted.currency)),
        "exchangeRate": rate,
        "custbody_storefront_order": str(posted.order_id),
        "otherRefNum": posted.name,
        "location": {"id": stock.MAIN_LOCATION, "refName": "Main Warehouse"},
        "shippingCost": posted.shipping.net,
        "shippingTaxAmount": posted.shipping.tax,
        "taxDetailsOverride": True,
        "_shippingTaxes": [_code(desk, tax) for tax in posted.shipping.taxes],
    }
    order = desk.new("salesOrder", header | _content(desk, posted) | {
        "externalId": f"order-{posted.order_id}", "tranDate": posted.placed_at.date().isoformat(),
        "orderStatus": {"id": "B", "refName": "Pending Fulfillment"},
    })  # fmt: skip
    for line in order["item"]:
        # What the shop sold has left the house: the account's own stock does not count it.
        line["_delivered"] = line["quantity"]
        del line["orderLine"]
    if invoiced:
        _bill(desk, posted, order, header, day)
    sales.refresh(desk, order["id"])
    return desk.need("salesOrder", order["id"])


def _bill(desk: Desk, posted: PostedOrder, order: Doc, header: Doc, day: str) -> None:
    on_account = sum(tender.amount for tender in posted.tenders if tender.kind == "account")
    state = {"id": "A", "refName": "Open"} if on_account else {"id": "B", "refName": "Paid In Full"}
    invoice = desk.new("invoice", header | _content(desk, posted) | {
        "externalId": f"invoice-{posted.order_id}", "createdFrom": reference(order), "tranDate": day,
        "postingPeriod": reference(periods.of_date(desk, day)), "status": state,
        "amountRemaining": on_account, "amountPaid": posted.total - on_account,
    })  # fmt: skip
    if posted.total > on_account:
        desk.new("customerPayment", {
            "externalId": f"payment-{posted.order_id}", "customer": header["entity"], "currency": header["currency"],
            "createdFrom": reference(invoice), "tranDate": day, "postingPeriod": invoice["postingPeriod"],
            "custbody_storefront_order": str(posted.order_id), "status": {"id": "C", "refName": "Deposited"},
            "total": posted.total - on_account, "payment": posted.total - on_account,
            "applied": posted.total - on_account,
            "apply": [{"doc": reference(invoice), "amount": posted.total - on_account, "apply": True}],
        })  # fmt: skip


def _content(desk: Desk, posted: PostedOrder) -> Doc:
    doc: Doc = {"item": [], "taxDetails": [], "shippingCost": posted.shipping.net}
    for number, line in enumerate(posted.lines, start=1):
        item = _item(desk, line.sku, line.title, "inventoryItem")
        ref = f"L{number}"
        codes = [_code(desk, tax) for tax in line.taxes]
        doc["item"].append({
            "line": number, "item": reference(item), "itemType": "InvtPart", "description": line.title,
            "orderLine": number, "quantity": line.quantity, "rate": _rate(line, posted.currency), "amount": line.net,
            "isClosed": False, "taxDetailsReference": ref, "custcol_storefront_line": str(line.line_id),
            "custcol_warranty_until": line.warranty_until, "_taxes": codes,
        })  # fmt: skip
        doc["taxDetails"] += [
            detail(ref, line.sku, line.net, code["taxCode"], code["taxRate"], tax.amount)
            for code, tax in zip(codes, line.taxes, strict=True)
        ]
    for tax in posted.shipping.taxes:
        code = _code(desk, tax)
        doc["taxDetails"].append(
            detail(SHIPPING, "Shipping", posted.shipping.net, code["taxCode"], code["taxRate"], tax.amount)
        )
    total_up(doc)
    return doc


def _rate(line: PostedLine, currency: str) -> str:
    """The net price of one unit, to as many decimals as NetSuite keeps of a rate."""
    per_unit = decimal(line.net, currency) / max(line.quantity, 1)
    return format(per_unit.quantize(Decimal(1).scaleb(-max(exponent(currency), 8))), "f")


def _code(desk: Desk, tax: PostedTax) -> Doc:
    found = desk.books.find("netsuite.salesTaxItem", itemId=tax.code)
    if found:
        code = found[0]
    else:
        code = desk.new("salesTaxItem", {"itemId": tax.code, "rate": tax.rate, "externalId": f"tax-{tax.code}"})
    return {"taxCode": reference(code), "taxRate": tax.rate}


def _item(desk: Desk, sku: str, title: str, kind: str) -> Doc:
    return desk.find(kind, f"eid:item-{sku}") or desk.new(kind, {
        "externalId": f"item-{sku}", "itemId": sku, "displayName": title, "isInactive": False,
        "itemType": "InvtPart" if kind == "inventoryItem" else "Service",
    })  # fmt: skip


def _customer(desk: Desk, posted: PostedOrder) -> Doc:
    person = posted.customer
    return desk.find("customer", f"eid:customer-{person.id}") or desk.new("customer", {
        "externalId": f"customer-{person.id}", "firstName": person.first_name, "lastName": person.last_name,
        "entityId": person.company or f"{person.first_name} {person.last_name}", "companyName": person.company,
        "email": person.email, "isPerson": person.company is None,
    })  # fmt: skip
