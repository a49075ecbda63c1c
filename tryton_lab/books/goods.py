"""The warehouse's places, and the articles that are there from the start: services, and a set sold as a kit.

All others, and shipping, come with the first order that has them."""

from __future__ import annotations

from typing import Any

from tryton_lab.books import accounts
from tryton_lab.rpc import Tryton

SHIPPING = "SHIPPING"
SERVICES = ("RESTOCKING_FEE", "RETURN_SHIPPING_FEE", "PROMOTION", "BUNDLE", "PARTIAL_REFUND")
KIT, KIT_PARTS = "TEA-SET", {"TEA-POT": 1, "TEA-CUP": 2}
QUARANTINE, SCRAP, LOST = "QUA", "SCR", "LOST"
_USUAL = ("VAT20",)


def write(tryton: Tryton) -> None:
    """Fees and the like have no tax by themselves, the tea set has the usual one."""
    _places(tryton)
    create(tryton, {sku: sku.replace("_", " ").capitalize() for sku in SERVICES}, (), kind="service")
    parts = create(tryton, {sku: sku.replace("-", " ").capitalize() for sku in KIT_PARTS}, _USUAL)
    unit = _unit(tryton)
    components = [{"product": parts[sku], "quantity": float(count), "unit": unit} for sku, count in KIT_PARTS.items()]
    create(tryton, {KIT: "Tea set"}, _USUAL, kind="kit", components=[["create", components]])


def create(
    tryton: Tryton, titles: dict[str, str], taxes: tuple[str, ...], kind: str = "goods", **more: Any
) -> dict[str, int]:
    """Articles by SKU: their product ids. What is charged stands on the order's lines, price and taxes.

    The article's own `taxes`, by code, are what Tryton expects: it warns of an invoice that has others."""
    unit = _unit(tryton)
    values: dict[str, Any] = {"type": kind, "default_uom": unit, "sale_uom": unit, "salable": True}
    values |= {"account_category": _category(tryton, taxes)} | more
    rows = ({"name": title, "code": sku, "products": [["create", [{}]]]} | values for sku, title in titles.items())
    tryton.create("product.template", *rows)
    return find(tryton, list(titles))


def find(tryton: Tryton, skus: list[str]) -> dict[str, int]:
    """The product ids of those that exist."""
    rows = tryton.find("product.product", ["code", "in", skus], fields=("id", "code"))
    return {row["code"]: row["id"] for row in rows}


def _category(tryton: Tryton, taxes: tuple[str, ...]) -> int:
    """Articles have their account and their taxes from it: one for each set of taxes."""
    name = " ".join(("Articles", *sorted(taxes)))
    if found := tryton.find("product.category", ["name", "=", name]):
        known: int = found[0]["id"]
        return known
    values: dict[str, Any] = {"name": name, "accounting": True}
    values["account_revenue"] = accounts.find(tryton, accounts.REVENUE)
    values["customer_taxes"] = [["add", [tryton.id("account.tax", ["name", "=", code]) for code in taxes]]]
    (made,) = tryton.create("product.category", values)
    return made


def _unit(tryton: Tryton) -> int:
    return tryton.id("product.uom", ["name", "=", "Unit"])


def _places(tryton: Tryton) -> None:
    """Quarantine and scrap are waste locations: a return may put goods there, and nothing there is available."""
    lost = tryton.id("stock.location", ["name", "=", "Lost and Found"])
    tryton.call("stock.location.write", [lost], {"code": LOST})
    places = tryton.create(
        "stock.location",
        {"name": "Quarantine", "code": QUARANTINE, "type": "lost_found"},
        {"name": "Scrap", "code": SCRAP, "type": "lost_found"},
    )
    warehouse = tryton.id("stock.location", ["type", "=", "warehouse"])
    tryton.call("stock.location.write", [warehouse], {"waste_locations": [["add", [*places, lost]]]})
