"""The head of a transaction: taken over from what it is made of, or read from the body when it stands alone."""

from sandbox.netsuite import rates, stock
from sandbox.netsuite.amounts import currency_of, to_rate
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import user_error

_ORDER = "custbody_storefront_order"
WORDS = ("memo", "otherRefNum", "email", "message", _ORDER)
"""Fields of a head that are words only: they can be changed at any time."""


def head(desk: Desk, kind: str, source: Doc | None, body: Doc) -> Doc:
    doc: Doc = {"type": kind} | (_alone(desk, body) if source is None else _of(source))
    doc |= {name: body[name] for name in WORDS if body.get(name) is not None}
    doc["memo"] = doc.get("memo", "")
    doc["tranDate"] = body.get("tranDate") or desk.today()
    if body.get("externalId"):
        doc["externalId"] = body["externalId"]
    if body.get("location") is not None:
        doc["location"] = reference(desk.resolve(("location",), body["location"], "location"))
    return doc


def rate_of(desk: Desk, doc: Doc, body: Doc) -> str:
    """The rate the body names, else today's: a posted document does not take over that of what it reverses."""
    if body.get("exchangeRate") is not None:
        return to_rate(body["exchangeRate"], "exchangeRate")
    return rates.today(desk, currency_of(doc))


def customer_of(desk: Desk, body: Doc, field: str) -> Doc:
    if body.get(field) is None:
        raise user_error("Please enter value(s) for: Customer", field)
    return desk.resolve(("customer",), body[field], field)


def _of(source: Doc) -> Doc:
    return {
        "entity": source.get("entity") or source["customer"],
        "currency": source["currency"],
        "createdFrom": reference(source),
        _ORDER: source.get(_ORDER),
    }


def _alone(desk: Desk, body: Doc) -> Doc:
    customer = customer_of(desk, body, "entity")
    wanted = body.get("currency") or customer.get("currency")
    currency = desk.resolve(("currency",), wanted, "currency") if wanted else desk.currency(rates.BASE)
    return {
        "entity": reference(customer),
        "currency": reference(currency),
        "location": {"id": stock.MAIN_LOCATION, "refName": "Main Warehouse"},
    }
