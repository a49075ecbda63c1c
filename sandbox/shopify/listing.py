"""Lists of orders, customers and articles: found by the search language, in the order asked for."""

from collections.abc import Callable
from typing import Any

from sandbox.shopify.order_views import financial_status, return_status
from sandbox.shopify.search import Terms, exact, matching
from sandbox.shopify.shop import Doc, Shop

_ORDER_KEYS: dict[str, Callable[[Doc], Any]] = {
    "CREATED_AT": lambda one: (one["created_at"], one["id"]),
    "ID": lambda one: one["id"],
    "ORDER_NUMBER": lambda one: (len(one["name"]), one["name"]),
    "PROCESSED_AT": lambda one: (one["created_at"], one["id"]),
    "TOTAL_PRICE": lambda one: (one["total"], one["id"]),
    "UPDATED_AT": lambda one: (one["updated_at"], one["id"]),
}
_CUSTOMER_KEYS: dict[str, Callable[[Doc], Any]] = {
    "CREATED_AT": lambda one: (one["at"], one["id"]),
    "ID": lambda one: one["id"],
    "NAME": lambda one: (one["last_name"], one["first_name"], one["id"]),
    "UPDATED_AT": lambda one: (one["updated_at"], one["id"]),
}
_VARIANT_KEYS: dict[str, Callable[[Doc], Any]] = {
    "ID": lambda one: one["id"],
    "NAME": lambda one: (one["title"], one["id"]),
    "SKU": lambda one: (one["sku"], one["id"]),
    "TITLE": lambda one: (one["title"], one["id"]),
}
_CUSTOMER_TERMS: Terms = {
    "id": lambda one: one["id"],
    "email": lambda one: one["email"],
    "first_name": lambda one: one["first_name"],
    "last_name": lambda one: one["last_name"],
    "tag": lambda one: one["tags"],
    "created_at": lambda one: one["at"],
    "updated_at": lambda one: one["updated_at"],
    "any": lambda one: [one["email"], one["first_name"], one["last_name"]],
}
_STOCK_TERMS: Terms = {
    "id": lambda one: one["id"],
    "sku": lambda one: one["sku"],
    "title": lambda one: one["title"],
    "created_at": lambda one: one["at"],
    "updated_at": lambda one: one["updated_at"],
}


def orders(shop: Shop, query: str | None, key: str) -> list[Doc]:
    name, number = exact(query, "name"), exact(query, "id")
    if name is not None and "*" not in name:
        wanted = name if name.startswith("#") else f"#{name}"
        return shop.books.find("shopify.order", name=wanted)
    if number is not None:
        found = shop.order(int(number)) if number.isdigit() else None
        return [found] if found else []
    return orders_found(shop, shop.books.all("shopify.order"), query, key)


def orders_found(shop: Shop, docs: list[Doc], query: str | None, key: str) -> list[Doc]:
    terms: Terms = {
        "id": lambda one: one["id"],
        "name": lambda one: one["name"],
        "email": lambda one: one["customer"]["email"],
        "customer_id": lambda one: one["customer"]["id"],
        "sku": lambda one: [line["sku"] for line in one["lines"]],
        "source_name": lambda one: one["channel"],
        "created_at": lambda one: one["created_at"],
        "processed_at": lambda one: one["created_at"],
        "updated_at": lambda one: one["updated_at"],
        "financial_status": lambda one: financial_status(one),
        "fulfillment_status": lambda one: "fulfilled" if one["fulfillment"] else "unfulfilled",
        "return_status": lambda one: return_status(shop, one),
        "status": lambda one: "cancelled" if one["cancelled"] else "open",
    }
    return sorted(matching(docs, query, terms), key=_ORDER_KEYS[key])


def customers(shop: Shop, query: str | None, key: str) -> list[Doc]:
    found = matching(shop.books.all("shopify.customer"), query, _CUSTOMER_TERMS, bare="any")
    return sorted(found, key=_CUSTOMER_KEYS[key])


def articles(shop: Shop, query: str | None, key: str = "ID") -> list[Doc]:
    sku = exact(query, "sku")
    if sku is not None and "*" not in sku:
        found = shop.stock(sku)
        return [found] if found else []
    found_all = matching(shop.books.all("shopify.stock"), query, _STOCK_TERMS, bare="sku")
    return sorted(found_all, key=_VARIANT_KEYS[key])
