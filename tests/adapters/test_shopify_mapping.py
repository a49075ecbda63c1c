"""What Shopify says of an order, where the sandbox's shop would never say it so."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.storefront.shopify.mapping import order_of
from domain.order import Order


def money(amount: str) -> dict[str, Any]:
    return {"presentmentMoney": {"amount": amount, "currencyCode": "EUR"}}


def sold(*lines: dict[str, Any], **more: Any) -> Order:
    found: dict[str, Any] = {
        "legacyResourceId": "1", "name": "#1", "createdAt": "2026-11-10T10:00:00Z", "presentmentCurrencyCode": "EUR",
        "sourceName": None, "customer": None, "shippingAddress": None, "fulfillments": [], "transactions": [],
        "paymentTerms": None, "taxesIncluded": False, "customAttributes": [],
    }  # fmt: skip
    return order_of(found | more, "shop", list(lines), {})


def line(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{number}", "sku": None, "title": "Cup", "quantity": 2, "unfulfilledQuantity": 0,
        "customAttributes": [], "lineItemGroup": None, "originalUnitPriceSet": money("10.0"), "discountAllocations": [],
        "taxLines": [],
    } | more  # fmt: skip


def group(number: int, title: str = "Set") -> dict[str, Any]:
    return {"id": f"gid://shopify/LineItemGroup/{number}", "title": title, "quantity": 1}


@pytest.mark.parametrize("text", ["", "1.005", "12,50", "much", None])
def test_a_mark_that_is_no_amount_says_nothing(text: str | None) -> None:
    found = sold(
        line(customAttributes=[{"key": "_stand_alone", "value": text}]),
        customAttributes=[{"key": "_minimum_spend", "value": text}],
    )
    assert (found.lines[0].stand_alone, found.minimum_spend) == (None, None)


def test_two_bundles_of_one_name_are_told_apart() -> None:
    found = sold(
        *(line(number, lineItemGroup=group(number)) for number in (1, 2)), line(3, lineItemGroup=group(3, "Kit"))
    )
    assert [one.bundle for one in found.lines] == ["Set (1)", "Set (2)", "Kit"]
    assert [one.bundle for one in sold(line(1, lineItemGroup=group(1)), line(2, lineItemGroup=group(1))).lines] == [
        "Set", "Set",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "selection", "share"), [("ACROSS", "ALL", 300), ("EACH", "ALL", 0), ("ACROSS", "ENTITLED", 0)]
)
def test_only_a_discount_spread_over_the_whole_order_is_the_orders(method: str, selection: str, share: int) -> None:
    origin = {"allocationMethod": method, "targetSelection": selection}
    allocated = [{"allocatedAmountSet": money("3.0"), "discountApplication": origin}]
    (found,) = sold(line(discountAllocations=allocated)).lines
    assert (found.order_discount, found.spend) == (share, 2000 if share else 1700)


def test_a_tax_without_a_rate_is_no_rate() -> None:
    (found,) = sold(line(taxLines=[{"ratePercentage": None}, {"ratePercentage": 7.0}, {"ratePercentage": 0.5}])).lines
    assert found.tax_rates == ("7", "0.5")
