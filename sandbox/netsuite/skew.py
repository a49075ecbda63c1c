"""A planned disagreement: the next credits come out different by a delta, as when tax engines round another way."""

from sandbox.netsuite.amounts import currency_of, to_minor
from sandbox.netsuite.desk import Desk, Doc
from sandbox.netsuite.errors import invalid_content

_KIND = "netsuite.skew"


def plan(desk: Desk, wish: Doc) -> Doc:
    """{"delta": "0.03", "times": 1, "order_id": 5001 | null}. Each preview and each posting counts as one."""
    if not isinstance(wish.get("delta"), str):
        raise invalid_content('delta must be a decimal string such as "0.03".', "delta")
    order = wish.get("order_id")
    doc: Doc = {
        "id": str(desk.books.next_number("netsuite.skew")),
        "delta": wish["delta"],
        "times": int(wish.get("times", 1)),
        "order": None if order is None else str(order),
    }
    desk.books.put(_KIND, doc["id"], doc)
    return doc


def apply(desk: Desk, memo: Doc) -> None:
    """Add the delta to the first tax amount, or to the first line of an untaxed memo."""
    for doc in desk.books.all(_KIND):
        if doc["order"] not in (None, str(memo.get("custbody_storefront_order"))):
            continue
        delta = to_minor(doc["delta"], currency_of(memo), "delta")
        if memo["taxDetails"]:
            memo["taxDetails"][0]["taxAmount"] += delta
        else:
            memo["item"][0]["amount"] += delta
        if doc["times"] <= 1:
            desk.books.delete(_KIND, doc["id"])
        else:
            desk.books.put(_KIND, doc["id"], doc | {"times": doc["times"] - 1})
        return
