"""Keys of machines: only the very key opens, and what is kept of it opens nothing."""

from __future__ import annotations

import pytest

from security import api_keys
from security.roles import Principal, Role

SHOP = Principal("web-shop", frozenset({Role.STOREFRONT}))


def test_a_key_opens_for_its_holder_only() -> None:
    key, other = api_keys.new("web-shop"), api_keys.new("web-shop")
    known = api_keys.Keyholders({"web-shop": (api_keys.digest(key), SHOP)})
    assert known.holder(key) == SHOP
    assert known.holder(other) is None
    assert known.holder(api_keys.digest(key)) is None


@pytest.mark.parametrize(
    "text", ["", "bh_", "bh_web-shop_", "bh_web-shop_" + "A" * 42, "bh_nobody_" + "A" * 43, "ä" * 60]
)
def test_anything_else_opens_nothing(text: str) -> None:
    known = api_keys.Keyholders({"web-shop": (api_keys.digest(api_keys.new("web-shop")), SHOP)})
    assert known.holder(text) is None


def test_keys_are_never_the_same_and_say_whose_they_are() -> None:
    made = {api_keys.new("web-shop") for _ in range(100)}
    assert len(made) == 100
    assert all(key.startswith("bh_web-shop_") for key in made)
