"""A shop that is not set up as it should be: return reasons deleted, articles whose quantity is not tracked."""

from typing import Any

from sandbox.shopify.shop import REASONS, Shop

_KEY = ("shopify.setup", "setup")
_WHOLE: dict[str, list[str]] = {"without_reasons": [], "untracked": []}


def of(shop: Shop) -> dict[str, Any]:
    return _WHOLE | (shop.books.get(*_KEY) or {})


def change(shop: Shop, wish: Any) -> dict[str, Any]:
    """{"without_reasons": [handles], "untracked": [skus]}; what is not named is as it should be. Raises ValueError."""
    given: dict[str, Any] = wish if isinstance(wish, dict) else {"": None}
    if not given.keys() <= _WHOLE.keys() or not all(isinstance(each, list) for each in given.values()):
        raise ValueError(f"a setup has the lists {' and '.join(_WHOLE)}")
    unknown = set(given.get("without_reasons", [])) - {one[1] for one in REASONS}
    if unknown:
        known = ", ".join(one[1] for one in REASONS)
        raise ValueError(f"there is no return reason {sorted(unknown)[0]}; there are {known}")
    shop.books.put(*_KEY, _WHOLE | given)
    return of(shop)


def deleted(shop: Shop, handle: str) -> bool:
    return handle in of(shop)["without_reasons"]


def tracked(shop: Shop, sku: str) -> bool:
    """The flag alone: quantities of what is not tracked are kept all the same."""
    return sku not in of(shop)["untracked"]
