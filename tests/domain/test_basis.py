"""What both sides know of a sale becomes the terms its credits are worked out by."""

from __future__ import annotations

from dataclasses import replace

from domain.basis import basis, groups_named, matters, terms
from domain.invoice import InvoiceLine
from domain.order import OrderLine
from domain.policy import BundlePrice, Fee, Policy, Promotion
from domain.returns import Reason, RequestedLine
from domain.terms import Price
from tests.doubles.world import mug_invoice, mug_order

# 60.00 and 40.00 less 15.00: posted at 51.00 and 34.00, with 19 %.
COAT = OrderLine("1", "COAT", "Coat", 1, 1, 1, spend=6000, order_discount=900, tax_rates=("19",))
BOOTS = OrderLine("2", "BOOT", "Boots", 1, 1, 1, spend=4000, order_discount=600, tax_rates=("19",))
ORDER = mug_order(lines=(COAT, BOOTS), minimum_spend=8000)
INVOICE = mug_invoice(
    lines=(InvoiceLine("1", "1", "COAT", 1, 5100, {"DE19": 969}), InvoiceLine("2", "2", "BOOT", 1, 3400, {"DE19": 646}))
)
SET = Policy(bundle=BundlePrice.FORFEIT)


def test_a_share_of_the_orders_discount_makes_the_price_without_it() -> None:
    found = terms(ORDER, INVOICE, Policy())
    assert found.lines["1"].undiscounted == Price(6000, {"DE19": 1140})
    assert (found.lines["2"].spend, found.minimum_spend) == (4000, 8000)
    assert found.tax_rates == {"DE19": "19"}


def test_prices_that_include_tax_are_taken_apart_at_the_rate_they_were_posted_at() -> None:
    line = replace(BOOTS, spend=4760, order_discount=714)
    found = terms(replace(ORDER, lines=(line,), taxes_included=True), INVOICE, Policy())
    assert found.lines["2"].undiscounted == Price(4000, {"DE19": 760})


def test_a_line_without_a_share_costs_the_same_without_it() -> None:
    found = terms(replace(ORDER, lines=(replace(COAT, order_discount=0),)), INVOICE, Policy())
    assert found.lines["1"].undiscounted is None


def test_a_part_of_a_bundle_alone_costs_what_the_shop_says_less_its_share_of_the_discount() -> None:
    cups = OrderLine(
        "2", "CUP", "Cup", 8, 8, 8, bundle="set", bundles=2, stand_alone=750, spend=4800, order_discount=600
    )
    found = terms(replace(ORDER, lines=(cups,)), INVOICE, SET).lines["2"]
    assert (found.bundle, found.per_bundle) == ("set", 4)
    assert found.stand_alone == Price(5400, {"DE19": 1026})


def test_the_erps_own_rates_go_before_the_shops() -> None:
    assert terms(ORDER, replace(INVOICE, tax_rates={"DE19": "19.5"}), Policy()).tax_rates == {"DE19": "19.5"}


def test_a_rate_nobody_tells_is_that_of_the_posted_tax() -> None:
    lines = (replace(COAT, tax_rates=()),)
    found = terms(replace(ORDER, lines=lines), INVOICE, Policy())
    assert found.tax_rates == {}
    assert found.lines["1"].undiscounted == Price(6000, {"DE19": 1140})


def test_standard_delivery_is_taxed_like_the_shipping_that_was_posted() -> None:
    policy = Policy(standard_shipping={"EUR": "3.00"})
    assert terms(mug_order(), mug_invoice(), policy).standard_shipping == Price(300, {"DE19": 57})
    assert terms(mug_order(), mug_invoice(), Policy()).standard_shipping is None


def test_the_basis_of_a_credit_knows_why_each_line_comes_back_and_whose_it_is() -> None:
    found = basis(replace(ORDER, groups=("vip",)), INVOICE, SET, (RequestedLine("1", 1, Reason.STYLE),))
    assert (found.reasons, found.groups, found.policy) == ({"1": "style"}, ("vip",), SET)


def test_only_a_policy_that_asks_keeps_other_lines_of_the_order() -> None:
    part = replace(COAT, bundle="set", order_discount=0)
    plain = replace(ORDER, lines=(part, replace(BOOTS, order_discount=0)))
    clawing = Policy(promotion=Promotion.CLAW_BACK)
    assert [matters(line, ORDER, Policy()) for line in ORDER.lines] == [False, False]
    assert [matters(line, ORDER, clawing) for line in ORDER.lines] == [True, True]
    assert [matters(line, plain, clawing) for line in plain.lines] == [False, False]
    assert [matters(line, plain, SET) for line in plain.lines] == [True, False]


def test_only_groups_that_fees_name_are_kept() -> None:
    policy = Policy(restocking_fee=Fee(percent="5", groups=("a", "b")), return_shipping_fee=Fee(percent="5"))
    assert groups_named(policy) == {"a", "b"}
    assert groups_named(Policy()) == set()
