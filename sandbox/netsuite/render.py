"""Records as NetSuite writes them: numbers for amounts, links for references, sublists as links or in full."""

from decimal import Decimal
from typing import Any

from sandbox.money import decimal
from sandbox.netsuite.catalog import MONEY, RATES, TYPES
from sandbox.netsuite.desk import Doc


def record(doc: Doc, base: str, *, expand: bool, fields: list[str] | None = None) -> Doc:
    """`base` is the record service's address. `fields` picks body fields only."""
    entry = TYPES[doc["type"]]
    self_url = f"{base}/{entry.name}/{doc['id']}" if "id" in doc else f"{base}/{entry.name}"
    answer: Doc = {"links": [_link(self_url)]}
    currency = doc["currency"]["refName"] if isinstance(doc.get("currency"), dict) else "EUR"
    for name, value in doc.items():
        if name not in entry.fields or value is None or (fields is not None and name not in fields):
            continue
        if name in entry.sublists:
            if fields is None:
                answer[name] = sublist(doc, name, self_url, expand=expand)
        else:
            answer[name] = _value(name, value, currency)
    return answer


def sublist(doc: Doc, name: str, self_url: str, *, expand: bool) -> Doc:
    url = f"{self_url}/{name}"
    if not expand:
        return {"links": [_link(url)]}
    known = TYPES[doc["type"]].sublists[name]
    currency = doc["currency"]["refName"] if isinstance(doc.get("currency"), dict) else "EUR"
    items = [
        {"links": [_link(f"{url}/{place}")]}
        | {key: _value(key, value, currency) for key, value in line.items() if key in known and value is not None}
        | _detail(line)
        for place, line in enumerate(doc[name], start=1)
    ]
    return page([_link(url)], items, 0, len(items))


def page(links: list[Doc], items: list[Any], offset: int, total: int) -> Doc:
    return {
        "links": links,
        "count": len(items),
        "hasMore": offset + len(items) < total,
        "items": items,
        "offset": offset,
        "totalResults": total,
    }


def _detail(line: Doc) -> Doc:
    """The inventory detail of a stock line, from the assignment the sandbox keeps."""
    rows = line.get("_assigned") or ([line] if "status" in line else [])
    if not rows:
        return {}
    items = []
    for row in rows:
        item: Doc = {"inventoryStatus": {"id": row["status"]}, "quantity": float(row["quantity"])}
        if row.get("to"):
            item["toInventoryStatus"] = {"id": row["to"]}
        items.append(item)
    return {"inventoryDetail": {"inventoryAssignment": page([], items, 0, len(items))}}


def _value(name: str, value: Any, currency: str) -> Any:
    if name in MONEY:
        return float(decimal(int(value), currency))
    if name in RATES:
        return float(Decimal(str(value)))
    if name in ("quantity", "quantityReceived", "quantityBilled", "quantityRemaining"):
        return float(value)
    if isinstance(value, dict) and "id" in value:
        return {"id": value["id"], "refName": value.get("refName", value["id"])}
    return value


def _link(href: str) -> Doc:
    return {"rel": "self", "href": href}
