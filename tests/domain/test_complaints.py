"""What users of other systems complained about, as tests: each is named by its lesson, its thread stands beside it.

docs/money.md lists all of them, with those that are no arithmetic and where they are held instead.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest

from domain import ids, tax, units
from domain.errors import BadInput, NotRemaining
from domain.inventory import Disposition, StockState, goes_to
from domain.invoice import SHIPPING_LINE, Invoice, InvoiceLine
from domain.money import Money, half_up, parse
from domain.order import Tender
from domain.policy import Fee, Policy, Promotion
from domain.posting import Given, post
from domain.reckoning import Asked, SaleTerms, reckon
from domain.refund import match
from domain.returns import STAGE_MOVES, Stage
from domain.sale import Item, OrderTaxes, posted
from domain.tenders import split
from domain.units import FULL_VALUE, Acceptance, Lot, Reception, Verdict
from tests.domain.invoices import Books, Sale

VAT20 = {"VAT20": tax.rate("20")}
VAT10 = {"VAT10": tax.rate("10")}


def item(line_id: str, quantity: int, price: int, rates: dict[str, tax.Rate], inclusive: bool = False) -> Item:
    return Item(line_id, quantity, price, inclusive, rates)


def invoiced(*lines: InvoiceLine) -> Invoice:
    total = Money(sum(line.total for line in lines), "EUR")
    return Invoice("I", "INV-1", "O", "EUR", date(2026, 1, 2), "Jan", lines, total)


def sold(items: list[Item], shares: list[int], policy: Policy | None = None, **terms: Any) -> Sale:
    lines = posted(items, shares, OrderTaxes())
    of_sale = replace(SaleTerms({line.line_id: of_line for line, of_line in lines}), **terms)
    return Sale(invoiced(*(line for line, _ in lines)), of_sale, policy or Policy())


def back(line_id: str, quantity: int = 1) -> tuple[Asked, ...]:
    return (Asked(line_id, quantity, quantity * FULL_VALUE),)


def credits_of(sale: Sale, *returns: tuple[Asked, ...]) -> list[int]:
    books = Books(sale)
    return [books.book(asks).total for asks in returns]


# medusajs/medusa#15885
def test_i1_a_discount_on_a_price_with_tax_inside_is_not_taxed_again() -> None:
    sale = sold([item("A", 1, 11000, VAT10, inclusive=True)], [1100])
    assert credits_of(sale, back("A")) == [9900]


# medusajs/medusa#14136, #13883
def test_i2_what_is_refundable_is_never_above_the_order_when_prices_include_tax() -> None:
    sale = sold([item("A", 3, 1000, VAT20, inclusive=True), item("B", 7, 333, VAT10, inclusive=True)], [77, 13])
    assert sum(credits_of(sale, *[back("B")] * 7, *[back("A")] * 3)) == sale.invoice.total.minor == 1000 + 333 - 90


# medusajs/medusa#10760, #4686; medusajs/admin#522
def test_i3_a_refund_has_its_tax_and_return_shipping_is_taken_off_once() -> None:
    fee = Policy(return_shipping_fee=Fee(flat={"EUR": "5.00"}, taxed=False))
    sale = sold([item("A", 2, 10000, VAT20)], [0], fee)
    assert credits_of(sale, back("A", 2)) == [12000 - 500]


# medusajs/medusa#13972, #13091
def test_i4_what_was_posted_is_whole_cents_so_that_nothing_is_left_pending() -> None:
    price = post(935, False, {"VAT": tax.rate("10")}, Given())  # 10.285 computed, 10.29 posted and paid
    assert price.total == 1029
    sale = Sale(invoiced(InvoiceLine("A", "A", "", 1, price.net, price.taxes)), SaleTerms(), Policy())
    assert credits_of(sale, back("A")) == [1029]


# medusajs/medusa#14496, #15303
def test_i5_what_was_captured_can_always_be_refunded() -> None:
    with pytest.raises(BadInput, match="more decimals"):
        parse("87.957975", "EUR")
    paid = Tender("card", "card", "", parse("87.96", "EUR"), parse("0.00", "EUR"))
    ((_, part),) = split(paid.captured, (paid,), ())
    assert part == paid.captured


# solidusio/solidus#512
def test_i6_one_item_of_a_discounted_order_comes_back_at_its_discounted_price() -> None:
    sale = sold([item("A", 1, 600, {}), item("B", 1, 400, {})], [60, 40])
    assert credits_of(sale, back("A"), back("B")) == [540, 360]


# solidusio/solidus#707, solidus_product_assembly#43, spree/spree#6226, #5656
def test_i7_no_cent_stays_due_when_the_last_unit_is_back() -> None:
    assert tax.rounded(Fraction("19.99999") * 100) == 2000
    for quantity in range(1, 40):
        line = InvoiceLine("A", "A", "", quantity, 1999, {"VAT": 401})
        assert sum(credits_of(Sale(invoiced(line), SaleTerms(), Policy()), *[back("A")] * quantity)) == 2400


# spree/spree#5915, solidusio/solidus#1913
def test_i8_an_order_promotion_lowers_the_tax_of_the_lines_it_was_given_on() -> None:
    sale = sold([item("A", 1, 6000, VAT20), item("B", 1, 4000, {"VAT5": tax.rate("5")})], [900, 600])
    found = reckon(sale.invoice, {}, back("B"), sale.policy, sale.terms)
    assert (found.lines[0].net, found.lines[0].taxes) == (3400, {"VAT5": 170})


# spree/spree#14678
def test_i9_what_did_not_arrive_is_not_refunded() -> None:
    lots, over = units.receive(units.awaiting([("A", 3)]), "A", 2)
    lots = units.give_up(lots, Reception.MISSING)
    lots = units.inspect(lots, Verdict("A", 2, Disposition.RESTOCK, accepted=True))
    assert (over, units.credited(lots)) == (0, {"A": (2, 2 * FULL_VALUE)})


# spree/spree#14467
def test_i10_tax_is_rounded_on_the_line_and_split_so_that_it_sums_to_it() -> None:
    line = InvoiceLine("A", "A", "", 2, 1000, {"VAT": 103})  # 51.5 each: twice 52 would be 104
    books = Books(Sale(invoiced(line), SaleTerms(), Policy()))
    assert sum(books.book(back("A")).lines[0].taxes["VAT"] for _ in range(2)) == 103


# vendurehq/vendure#4811, #3885, #2393, #2523
def test_i11_the_discount_is_not_spread_again_over_what_is_kept() -> None:
    sale = sold([item("A", 1, 600, {}), item("B", 1, 400, {})], [60, 40])
    for order in permutations("AB"):
        assert sorted(credits_of(sale, *(back(line_id) for line_id in order))) == [360, 540]


# saleor/saleor#19645, #7271: the lock on which two concurrent returns meet is held by tests/store.
def test_i12_what_all_returns_took_together_is_what_counts_and_a_voucher_with_it() -> None:
    sale = sold([item("A", 2, 1000, {})], [100])
    books = Books(sale)
    assert [books.book(back("A")).total for _ in range(2)] == [450, 450]
    with pytest.raises(NotRemaining, match="0 of 2 units left"):
        books.book(back("A"))


# saleor/saleor#16667; magento/inventory#1240, #2851; woocommerce/woocommerce#28854
@pytest.mark.parametrize("disposition", Disposition)
def test_i13_i16_only_the_verdict_makes_a_unit_sellable(disposition: Disposition) -> None:
    assert (goes_to(disposition) is StockState.AVAILABLE) == (disposition is Disposition.RESTOCK)


# magento/magento2#14713, #32222, #26777
def test_i14_a_partial_credit_has_the_tax_of_its_lines_only() -> None:
    sale = sold([item("A", 1, 10000, VAT20), item("B", 1, 100, VAT10)], [0, 0])
    found = reckon(sale.invoice, {}, back("B"), sale.policy, sale.terms)
    assert (found.total, found.lines[0].taxes) == (110, {"VAT10": 10})


# magento/magento2#39644, OpenMage/magento-lts#4396
def test_i15_shipping_and_its_tax_come_back_as_posted_and_all_that_was_paid_is_offered() -> None:
    goods = InvoiceLine("A", "A", "", 3, 24583, {"VAT": 4917})
    shipping = InvoiceLine(SHIPPING_LINE, "S", "", 1, 1917, {"VAT": 383})
    sale = Sale(invoiced(goods, shipping), SaleTerms(), Policy())
    assert sum(credits_of(sale, back("A"), back("A", 2))) == 31800


# magento/inventory#1442, #1752
def test_i17_every_component_of_a_bundle_has_its_own_fate() -> None:
    lots, _ = units.receive(units.awaiting([("K/1", 1), ("K/2", 2)]), "K/1", 1)
    lots, _ = units.receive(lots, "K/2", 2)
    lots = units.inspect(lots, Verdict("K/1", 1, Disposition.SCRAP, accepted=True))
    lots = units.inspect(lots, Verdict("K/2", 2, Disposition.RESTOCK, accepted=True))
    assert {(lot.line_id, lot.quantity, lot.disposition) for lot in lots} == {
        ("K/1", 1, Disposition.SCRAP), ("K/2", 2, Disposition.RESTOCK),
    }  # fmt: skip


# magento/inventory#1888, OpenMage/magento-lts#275
def test_i18_i19_units_are_never_made_of_nothing() -> None:
    lots, over = units.receive(units.awaiting([("A", 10)]), "A", 100)
    assert (units.count(lots), over) == (10, 90)
    lots = units.inspect(lots, Verdict("A", 10, Disposition.RESTOCK, accepted=True))
    with pytest.raises(BadInput, match="0 received, uninspected units"):
        units.inspect(lots, Verdict("A", 1, Disposition.RESTOCK, accepted=True))


# frappe/erpnext#41343
def test_i20_rounding_does_not_depend_on_the_sign() -> None:
    assert half_up(70_125, 10) == 7013  # 70.125 is 70.13 on the invoice, and on its credit
    with pytest.raises(ValueError, match="negate afterwards"):
        half_up(-141, 2)


# frappe/erpnext PR#50944, #41893
def test_i21_a_second_partial_credit_asks_nobody_about_todays_discount_rules() -> None:
    sale = sold([item("A", 2, 10000, VAT20)], [9900])
    assert credits_of(sale, back("A"), back("A")) == [60, 60]


# frappe/erpnext PR#28607, PR#30263
def test_i22_a_bundle_comes_back_as_it_was_sold_not_as_it_is_sold_today() -> None:
    one, other = InvoiceLine("K/1", "1", "", 1, 2500, {}), InvoiceLine("K/2", "2", "", 1, 2499, {})
    # What the bundle is made of stands in the posting; there is nothing else a credit could be worked out from.
    assert credits_of(Sale(invoiced(one, other), SaleTerms(), Policy()), back("K/2")) == [2499]


# OCA/rma#289, PR#635
def test_i23_the_tax_codes_and_amounts_are_those_of_the_invoice_whatever_the_rates_are_today() -> None:
    sale = Sale(invoiced(InvoiceLine("A", "A", "", 1, 1000, {"DE16": 160})), SaleTerms(), Policy())
    today = replace(sale, terms=SaleTerms(tax_rates={"DE16": "19", "DE19": "19"}))
    assert [reckon(one.invoice, {}, back("A"), one.policy, one.terms).lines[0].taxes for one in (sale, today)] == [
        {"DE16": 160}, {"DE16": 160},
    ]  # fmt: skip


# microsoft/BCApps#6138
def test_i24_one_document_has_one_currency() -> None:
    with pytest.raises(BadInput, match="one document has one currency"):
        Money(100, "EUR") + Money(100, "USD")
    assert not match(Money(100, "EUR"), Money(100, "EUR"), Money(100, "USD")).matched


# microsoft/BCApps PR#9112
def test_i25_a_payout_that_has_not_moved_is_no_match_and_does_not_lower_the_credit() -> None:
    found = match(Money(1000, "EUR"), Money(1000, "EUR"), Money(0, "EUR"))
    assert [str(one) for one in found.differences] == ["payout: ours 1000, theirs 0"]


# microsoft/BCApps PR#8554, #10462
def test_i26_a_value_is_counted_once_and_a_part_of_the_quantity_has_its_part_of_the_discount() -> None:
    sale = sold([item("A", 4, 4800, {})], [960])
    assert credits_of(sale, back("A", 3), back("A")) == [2880, 960]


# woocommerce/woocommerce#64668, #26734; woocommerce-ios#17630
def test_i27_a_full_refund_is_what_was_paid_where_net_and_tax_are_rounded_apart() -> None:
    for gross in range(17800, 18000):
        price = post(gross, True, VAT20, Given())
        sale = Sale(invoiced(InvoiceLine("A", "A", "", 1, price.net, price.taxes)), SaleTerms(), Policy())
        assert credits_of(sale, back("A")) == [gross]


# PrestaShop/PrestaShop PR#42502, #18319, #40271
def test_i28_a_partial_refund_has_its_share_of_the_voucher_and_the_full_one_is_what_was_paid() -> None:
    sale = sold([item("A", 1, 12000, {}), item("B", 1, 1200, {})], [1200, 120])
    assert credits_of(sale, back("A"), back("B")) == [10800, 1080]


# bagisto/bagisto#1509
def test_i29_a_discount_is_not_applied_again_on_the_third_unit() -> None:
    sale = sold([item("A", 3, 3000, {})], [1000])
    assert credits_of(sale, back("A"), back("A"), back("A")) == [667, 666, 667]


# woocommerce-gateway-stripe#838, #2724, PR#3653; gumroad#6193. A lost answer and an early webhook are met
# in tests/adapters and tests/workflows.
def test_i30_a_refund_told_twice_has_one_key() -> None:
    first, again = (ids.payout_key(ids.return_id("5001", "click")) for _ in range(2))
    assert first == again


# saleor/apps#2446; Adyen/adyen-shopware6#248; openfoodfoundation/openfoodnetwork#6330
def test_i31_two_equal_partial_refunds_of_one_payment_are_two_and_a_double_click_is_one() -> None:
    sale = sold([item("A", 2, 2000, {})], [0])
    assert credits_of(sale, back("A"), back("A")) == [1000, 1000]
    keys = [ids.payout_key(ids.return_id("5001", click)) for click in ("first", "second", "second")]
    assert len(set(keys)) == 2


# odoo/odoo#96721, #161564, PR#108859
def test_i32_a_rounded_total_comes_back_as_it_was_rounded() -> None:
    # 7.50 sold for 7.00: the rounding was posted as a discount, and comes back with the goods.
    sale = sold([item("A", 1, 750, {})], [50])
    assert credits_of(sale, back("A")) == [700]


# Sanoy24/fastapi-ecommerce PR#58; medusajs/medusa#12913, #14936, #13433
def test_i33_no_stage_is_without_a_way_out_and_two_returns_sum_to_both() -> None:
    over = {Stage.CLOSED, Stage.REFUSED, Stage.WITHDRAWN}
    assert {stage for stage in Stage if not STAGE_MOVES[stage]} <= over
    sale = sold([item("A", 2, 2001, {})], [0])
    assert credits_of(sale, back("A"), back("A")) == [1001, 1000]
    with pytest.raises(BadInput, match="once only"):
        credits_of(sale, back("A") + back("A"))


# medusajs/medusa#4052, PR#11919
def test_i34_goods_may_be_received_without_a_refund_and_a_lost_parcel_may_turn_up() -> None:
    lots = units.give_up(units.awaiting([("A", 1)]), Reception.LOST)
    lots, _ = units.receive(lots, "A", 1)
    assert lots == (Lot("A", 1, Reception.RECEIVED),)
    lots = units.inspect(lots, Verdict("A", 1, Disposition.SCRAP, accepted=False))
    assert units.credited(lots) == {}
    assert lots[0].acceptance is Acceptance.REJECTED


# smartlabsAT/sonata-project-ecommerce#177
@pytest.mark.parametrize(
    ("choice", "credited"), [(Promotion.PRO_RATA, [5000, 5000]), (Promotion.CLAW_BACK, [4000, 6000])]
)
def test_i35_the_coupon_follows_the_policy_and_ends_at_what_was_posted(choice: Promotion, credited: list[int]) -> None:
    items = [item("A", 1, 6000, {}), item("B", 1, 6000, {})]
    sale = sold(items, [1000, 1000], Policy(promotion=choice), minimum_spend=10_000)
    assert credits_of(sale, back("A"), back("B")) == credited


# MicrosoftDocs/dynamics-365-unified-operations-public#4109
@pytest.mark.parametrize("disposition", [Disposition.QUARANTINE, Disposition.REFURBISH])
def test_i36_quarantine_is_a_place_of_its_own(disposition: Disposition) -> None:
    assert goes_to(disposition) is StockState.QUARANTINED
