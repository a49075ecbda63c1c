"""Sublist lines of a transaction: which lines a transform takes, and how the lines of a body change them."""

from collections.abc import Iterable
from typing import Any

from sandbox.netsuite.amounts import by_rate, currency_of, net_of, to_minor, to_quantity, to_rate
from sandbox.netsuite.desk import Desk, Doc, reference
from sandbox.netsuite.errors import invalid_content, user_error

# Copied from the body as they are; everything else of a line has a meaning of its own below.
_PLAIN = ("description", "custcol_storefront_line", "custcol_warranty_until", "isClosed")


def items_of(body: Doc, sublist: str) -> list[Doc] | None:
    """The lines a body gives for a sublist; None when it does not speak of it. A sublist that is null has no lines."""
    if sublist not in body:
        return None
    given = {"items": []} if body[sublist] is None else body[sublist]
    lines = given.get("items") if isinstance(given, dict) else None
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise invalid_content(f"Invalid content for the sublist {sublist}: it needs a list named items.", sublist)
    return lines


def taken(desk: Desk, doc: Doc, open_lines: Iterable[Doc], body: Doc, replace: bool) -> list[Doc]:
    """The new document's lines. Without `replace` every open line comes along, whether the body names it or not."""
    source = {int(line["orderLine"]): dict(line) for line in open_lines}
    given = items_of(body, "item")
    if given is None:
        chosen = list(source.values())
    else:
        kept: dict[int, Doc] = {} if replace else dict(source)
        added: list[Doc] = []
        for place, entry in enumerate(given):
            path = f"item.items[{place}]"
            key = entry.get("orderLine", entry.get("line"))
            if key is None:
                added.append(_changed(desk, doc, _fresh(desk, entry, path), entry, path))
            elif not str(key).isdecimal() or int(key) not in source:
                raise user_error(f"Line {key} is not an open line of the source transaction.", f"{path}.orderLine")
            else:
                kept[int(key)] = _changed(desk, doc, source[int(key)], entry, path)
        chosen = [*kept.values(), *added]
    for number, line in enumerate(chosen, start=1):
        line["line"] = number
        line.setdefault("isClosed", False)
        line.setdefault("taxDetailsReference", f"L{number}")
    if len({line["taxDetailsReference"] for line in chosen}) != len(chosen):
        raise invalid_content("Each line needs a taxDetailsReference of its own.", "item")
    return chosen


def _fresh(desk: Desk, entry: Doc, path: str) -> Doc:
    if "item" not in entry:
        raise invalid_content("A line needs an item, or the orderLine of the line it comes from.", f"{path}.item")
    item = desk.item(entry["item"], f"{path}.item")
    return {
        "item": reference(item), "itemType": item["itemType"], "quantity": 1, "rate": "0", "amount": 0, "_taxes": [],
    }  # fmt: skip


def _changed(desk: Desk, doc: Doc, line: Doc, entry: Doc, path: str) -> Doc:
    """`line` with the body's words over it. An amount given wins; else it follows from rate and quantity."""
    currency = currency_of(doc)
    new: dict[str, Any] = dict(line)
    new |= {name: entry[name] for name in _PLAIN if name in entry}
    if "quantity" in entry:
        new["quantity"] = to_quantity(entry["quantity"], f"{path}.quantity")
    if "rate" in entry:
        new["rate"] = to_rate(entry["rate"], f"{path}.rate")
    if "amount" in entry:
        new["amount"] = to_minor(entry["amount"], currency, f"{path}.amount")
    elif "grossAmt" in entry:
        # Since 2026.1 a gross amount that is set works the net amount out again.
        gross = to_minor(entry["grossAmt"], currency, f"{path}.grossAmt")
        new["amount"] = net_of(gross, [str(tax["taxRate"]) for tax in line["_taxes"]])
    elif new["quantity"] != line["quantity"] or new["rate"] != line["rate"]:
        new["amount"] = by_rate(new["rate"], new["quantity"], currency)
    if new["amount"] < 0 and new["itemType"] != "Service":
        raise user_error("Only a service or a charge may have a negative amount on a return.", f"{path}.amount")
    if "taxDetailsReference" in entry:
        new["taxDetailsReference"] = str(entry["taxDetailsReference"])
    if (new["quantity"], new["amount"]) != (line["quantity"], line["amount"]):
        new.pop("_copied", None)
    return new
