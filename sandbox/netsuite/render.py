"""Records as NetSuite writes them: numbers for amounts, links for references, sublists as links or in full."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.money import decimal
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Doc
from sandbox.netsuite.fields import ENUMS, MONEY, QUANTITIES, RATES, REFERENCES

# itemType is a choice with id and name on sales, returns and credits, and plain text on receipts and fulfillments.
_TEXT_TYPES = ("itemReceipt", "itemFulfillment")


@dataclass(frozen=True)
class View:
    """What of a record is asked for. `base` is the record service's address."""

    base: str
    expand: bool = False
    named: frozenset[str] = frozenset()
    """Sublists to expand one by one."""
    fields: tuple[str, ...] | None = None
    """Body fields only, when given; in lower case."""
    plain_enums: bool = False
    hidden: frozenset[str] = frozenset()


def record(doc: Doc, view: View, links: list[Doc] | None = None) -> Doc:
    entry = TYPES[doc["type"]]
    url = address(doc, view)
    answer: Doc = {"links": links if links is not None else [link(url)]}
    for name, value in doc.items():
        if name not in entry.fields or value is None or name in view.hidden:
            continue
        if view.fields is not None and (name in entry.sublists or name.lower() not in view.fields):
            continue
        if name in entry.sublists:
            expand = view.expand or name.lower() in view.named
            answer[name] = sublist(doc, name, view) if expand else {"links": [link(f"{url}/{name}")]}
        else:
            answer[name] = _value(name, value, doc, view)
    return answer


def sublist(doc: Doc, name: str, view: View) -> Doc:
    url = f"{address(doc, view)}/{name}"
    items = [line(doc, name, place, view) for place in range(len(doc[name]))]
    return page([link(url)], items, 0, len(items))


def line(doc: Doc, name: str, place: int, view: View) -> Doc:
    """One line of a sublist; its address ends in the line's number."""
    row, known = doc[name][place], TYPES[doc["type"]].sublists[name]
    url = f"{address(doc, view)}/{name}/{key_of(row, place)}"
    answer: Doc = {"links": [link(url)]}
    shown = {key: value for key, value in row.items() if key in known - view.hidden and value is not None}
    answer |= {key: _value(key, value, doc, view) for key, value in shown.items()}
    rows = assigned(row)
    if rows:
        answer["inventoryDetail"] = detail(rows, doc, f"{url}/inventoryDetail", view)
    return answer


def detail(rows: list[Doc], doc: Doc, url: str, view: View) -> Doc:
    """The inventory detail of a stock line, from the assignment the account keeps."""
    where = f"{url}/inventoryAssignment"
    items = [assignment(row, doc, f"{where}/{place}", view) for place, row in enumerate(rows, start=1)]
    return {"links": [link(url)], "inventoryAssignment": page([link(where)], items, 0, len(items))}


def assignment(row: Doc, doc: Doc, url: str, view: View) -> Doc:
    answer: Doc = {"links": [link(url)], "quantity": float(row["quantity"])}
    answer["inventoryStatus"] = _value("inventoryStatus", {"id": row["status"]}, doc, view)
    if row.get("to"):
        answer["toInventoryStatus"] = _value("toInventoryStatus", {"id": row["to"]}, doc, view)
    return answer


def assigned(row: Doc) -> list[Doc]:
    return row.get("_assigned") or ([row] if "status" in row else [])


def key_of(row: Doc, place: int) -> str:
    return str(row.get("line", place + 1))


def address(doc: Doc, view: View) -> str:
    return f"{view.base}/{doc['type']}/{doc['id']}" if "id" in doc else f"{view.base}/{doc['type']}"


def page(links: list[Doc], items: list[Any], offset: int, total: int) -> Doc:
    return {
        "links": links,
        "count": len(items),
        "hasMore": offset + len(items) < total,
        "items": items,
        "offset": offset,
        "totalResults": total,
    }


def link(href: str) -> Doc:
    return {"rel": "self", "href": href}


def _value(name: str, value: Any, doc: Doc, view: View) -> Any:
    if name in MONEY:
        currency = doc["currency"]["refName"] if isinstance(doc.get("currency"), dict) else "EUR"
        return float(decimal(int(value), currency))
    if name in RATES:
        return float(Decimal(str(value)))
    if name in QUANTITIES:
        return float(value)
    if name == "itemType" and TYPES[doc["type"]].code and doc["type"] not in _TEXT_TYPES:
        value = {"id": value, "refName": value}
    if isinstance(value, dict) and "id" in value:
        if view.plain_enums and (name in ENUMS or name == "itemType"):
            return value["id"]
        return _reference(name, value, view)
    return value


def _reference(name: str, value: Doc, view: View) -> Doc:
    """Where the record type is known, with a link to the record."""
    kinds = REFERENCES.get(name, ())
    kind = value.get("_kind") or (kinds[0] if len(kinds) == 1 else None)
    plain = {"id": str(value["id"]), "refName": str(value.get("refName", value["id"]))}
    return {"links": [link(f"{view.base}/{kind}/{value['id']}")], **plain} if kind else plain
