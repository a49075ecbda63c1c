"""A credit as a whole: whatever is sold and however it comes back, every cent that was posted comes back once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from domain.errors import BadInput, NotRemaining
from domain.invoice import (
    BUNDLE,
    PROMOTION,
    RESTOCKING_FEE,
    RETURN_SHIPPING_FEE,
    SHIPPING_LINE,
    Invoice,
    InvoiceLine,
    is_adjustment,
)
from domain.money import Money, half_up
from domain.policy import BundlePrice, Fee, Policy, Promotion, Shipping
from domain.reckoning import Asked, LineTerms, Price, SaleTerms, reckon
from domain.reversal import Taken
from domain.units import FULL_VALUE
from tests.domain.invoices import Books, Sale, goods, sales_coming_back

FEES = (RESTOCKING_FEE, RETURN_SHIPPING_FEE)


@settings(deadline=None)
@given(sales_coming_back())
def test_when_everything_is_back_the_credits_are_the_invoice_less_the_fees(
    drawn: tuple[Sale, list[tuple[Asked, ...]]],
) -> None:
    sale, returns = drawn
    books = Books(sale)
    credited = sum(books.book(asks).total for asks in returns)
    for line in goods(sale.invoice):
        assert (books.taken[line.line_id].net, books.taken[line.line_id].taxes) == (line.net, line.taxes)
    for line_id, one in books.taken.items():
        if line_id == PROMOTION or line_id.startswith(BUNDLE):
            assert (one.net, set(one.taxes.values()) <= {0}) == (0, True)
    fees = sum(books.taken[line_id].total for line_id in FEES if line_id in books.taken)
    freight = books.taken[SHIPPING_LINE].total if SHIPPING_LINE in books.taken else 0
    assert credited == sum(line.total for line in goods(sale.invoice)) + freight + fees


@settings(deadline=None)
@given(sales_coming_back())
def test_no_credit_and_no_component_of_goods_or_shipping_is_ever_negative(
    drawn: tuple[Sale, list[tuple[Asked, ...]]],
) -> None:
    sale, returns = drawn
    books = Books(sale)
    for asks in returns:
        found = books.book(asks)
        assert found.total >= 0
        for line in found.lines:
            if not is_adjustment(line.line_id):
                assert min([line.net, *line.taxes.values()], default=0) >= 0
        assert books.total <= sale.invoice.total.minor


@settings(deadline=None)
@given(sales_coming_back())
def test_what_is_credited_depends_on_what_is_back_not_on_the_parcels(
    drawn: tuple[Sale, list[tuple[Asked, ...]]],
) -> None:
    sale, returns = drawn
    # Flat fees are once per return, and always-shipping once per first return: by intent they look at parcels.
    sale = replace(sale, policy=replace(sale.policy, restocking_fee=None, return_shipping_fee=None))
    books, together = Books(sale), dict[str, Asked]()
    for asks in returns:
        found = books.book(asks)
        for ask in asks:
            before = together.get(ask.line_id, Asked(ask.line_id, 0, 0))
            together[ask.line_id] = Asked(ask.line_id, before.quantity + ask.quantity, before.value + ask.value)
        at_once = reckon(sale.invoice, {}, tuple(together.values()), sale.policy, sale.terms)
        for line in at_once.lines:
            if not is_adjustment(line.line_id):
                assert books.taken[line.line_id].total == line.total
        # A return that ends at nothing may owe a correction to the next one.
        if found.total > 0 and at_once.total > 0:
            assert books.total == at_once.total


@settings(deadline=None)
@given(sales_coming_back())
def test_a_fee_by_percentage_is_the_same_for_one_parcel_and_for_many(
    drawn: tuple[Sale, list[tuple[Asked, ...]]],
) -> None:
    sale, returns = drawn
    policy = Policy(restocking_fee=Fee(percent="15"), shipping=Shipping.NEVER)
    sale = replace(sale, policy=policy)
    books = Books(sale)
    totals = [books.book(asks).total for asks in returns]
    net = sum(line.net for line in goods(sale.invoice))
    charged = -books.taken.get(RESTOCKING_FEE, Taken()).net
    assert charged <= half_up(net * 15, 100)
    if all(totals):
        assert charged == half_up(net * 15, 100)


def line_of(line_id: str, quantity: int, net: int, **taxes: int) -> InvoiceLine:
    return InvoiceLine(line_id, line_id, "", quantity, net, dict(taxes))


def invoice_of(*lines: InvoiceLine) -> Invoice:
    total = Money(sum(line.total for line in lines), "EUR")
    return Invoice("I", "INV-1", "O", "EUR", date(2026, 1, 2), "Jan", lines, total)


def units(line_id: str, count: int = 1, value: int | None = None) -> Asked:
    return Asked(line_id, count, count * FULL_VALUE if value is None else value)


def amounts(sale: Sale, *returns: tuple[Asked, ...]) -> list[dict[str, int]]:
    """The totals of every line of every credit."""
    books = Books(sale)
    return [{line.line_id: line.total for line in books.book(asks).lines} for asks in returns]


# 60.00 and 60.00 net at 20 %, 20.00 off the order from 100.00 on.
PROMOTED = Sale(
    invoice_of(line_of("A", 1, 5000, STD=1000), line_of("B", 1, 5000, STD=1000)),
    SaleTerms(
        {name: LineTerms(undiscounted=Price(6000, {"STD": 1200}), spend=6000) for name in ("A", "B")},
        10_000,
        {"STD": "20"},
    ),
    Policy(promotion=Promotion.CLAW_BACK),
)


def test_a_promotion_is_clawed_back_and_given_back_when_the_rest_comes() -> None:
    assert amounts(PROMOTED, (units("A"),), (units("B"),)) == [
        {"A": 6000, "promotion": -1200},
        {"B": 6000, "promotion": 1200},
    ]


def test_a_promotion_pro_rata_leaves_every_unit_its_share() -> None:
    sale = replace(PROMOTED, policy=Policy())
    assert amounts(sale, (units("A"),), (units("B"),)) == [{"A": 6000}, {"B": 6000}]


def test_nothing_is_clawed_back_while_the_goods_kept_reach_the_minimum() -> None:
    sale = replace(PROMOTED, terms=replace(PROMOTED.terms, minimum_spend=6000))
    assert amounts(sale, (units("A"),)) == [{"A": 6000}]


def test_the_policys_minimum_counts_where_the_sale_tells_none() -> None:
    policy = Policy(promotion=Promotion.CLAW_BACK, minimum_spend={"EUR": "60.01"})
    sale = replace(PROMOTED, terms=replace(PROMOTED.terms, minimum_spend=None), policy=policy)
    assert amounts(sale, (units("A"),)) == [{"A": 6000, "promotion": -1200}]
    unknown = replace(sale, policy=Policy(promotion=Promotion.CLAW_BACK))
    assert amounts(unknown, (units("A"),)) == [{"A": 6000}]


def test_a_claw_back_above_the_credit_waits_for_the_next_return() -> None:
    a, b = line_of("A", 1, 100), line_of("B", 1, 5000)
    terms = {"A": LineTerms(undiscounted=Price(200), spend=200), "B": LineTerms(undiscounted=Price(8000), spend=8000)}
    sale = Sale(invoice_of(a, b), SaleTerms(terms, 8200), PROMOTED.policy)
    half = units("B", 1, FULL_VALUE // 2)
    assert amounts(sale, (units("A"),), (half,), (Asked("B", 0, FULL_VALUE // 2),)) == [
        {"A": 100, "promotion": -100},
        {"B": 2500, "promotion": -1400},
        {"B": 2500, "promotion": 1500},
    ]


# A bundle of 49.99 for two articles of 29.99 each.
BUNDLED = Sale(
    invoice_of(line_of("A/1", 2, 5000), line_of("A/2", 2, 4998)),
    SaleTerms({name: LineTerms("A", 1, Price(5998)) for name in ("A/1", "A/2")}),
    Policy(bundle=BundlePrice.FORFEIT),
)


def test_a_part_of_a_bundle_that_is_kept_alone_costs_its_own_price() -> None:
    assert amounts(BUNDLED, (units("A/1"),), (units("A/2"),), (units("A/1"), units("A/2"))) == [
        {"A/1": 2500, "bundle:A": -500},
        {"A/2": 2499, "bundle:A": 500},
        {"A/1": 2500, "A/2": 2499},
    ]


def test_a_whole_bundle_comes_back_at_its_price() -> None:
    assert amounts(BUNDLED, (units("A/1"), units("A/2"))) == [{"A/1": 2500, "A/2": 2499}]


def test_a_bundle_dearer_than_its_parts_forfeits_nothing() -> None:
    terms = SaleTerms({name: LineTerms("A", 1, Price(100)) for name in ("A/1", "A/2")})
    assert amounts(replace(BUNDLED, terms=terms), (units("A/1"),)) == [{"A/1": 2500}]


def test_a_fee_has_its_own_tax_by_the_codes_of_the_goods() -> None:
    invoice = invoice_of(line_of("A", 1, 6000, STD=1200), line_of("B", 1, 4000, LOW=200))
    terms = SaleTerms(tax_rates={"STD": "20"})  # the other rate is what was posted: 5 %
    policy = Policy(restocking_fee=Fee(percent="15"), return_shipping_fee=Fee(flat={"EUR": "4.00"}, taxed=False))
    fees = reckon(invoice, {}, (units("A"), units("B")), policy, terms).lines[2:]
    assert [(fee.line_id, fee.quantity, fee.net, fee.taxes) for fee in fees] == [
        ("restocking_fee", 0, -1500, {"STD": -180, "LOW": -30}),
        ("return_shipping_fee", 0, -400, {}),
    ]


def test_a_fee_for_return_shipping_may_have_codes_of_its_own() -> None:
    terms = SaleTerms(tax_rates={"STD": "20", "LOW": "5"}, return_shipping_codes=("LOW",))
    policy = Policy(return_shipping_fee=Fee(flat={"EUR": "4.00"}))
    found = reckon(invoice_of(line_of("A", 1, 6000, STD=1200)), {}, (units("A"),), policy, terms)
    assert found.lines[1].taxes == {"LOW": -20}


@pytest.mark.parametrize(
    ("fee", "charged"),
    [
        (Fee(percent="10", reasons=("style",)), 100),
        (Fee(percent="10", groups=("trade",)), 0),
        (Fee(percent="10", groups=("trade", "retail")), 300),
        (Fee(percent="10", reasons=("style",), groups=("retail",)), 100),
        (Fee(flat={"EUR": "5.00"}, reasons=("lost",)), 0),
        (Fee(flat={"USD": "5.00"}), 0),
    ],
)
def test_a_fee_is_charged_for_the_reasons_and_groups_it_names(fee: Fee, charged: int) -> None:
    invoice = invoice_of(line_of("A", 1, 1000), line_of("B", 1, 2000))
    asks, reasons = (units("A"), units("B")), {"A": "style", "B": "damaged"}
    found = reckon(invoice, {}, asks, Policy(restocking_fee=fee), SaleTerms(), reasons, ("retail",))
    assert found.total == 3000 - charged


@pytest.mark.parametrize(("charged", "total"), [({}, 9), ({RESTOCKING_FEE: Taken(0, 0, -3, {"STD": -1})}, 10)])
def test_a_part_of_a_fee_is_given_back_only_where_it_was_charged(charged: dict[str, Taken], total: int) -> None:
    # 10 % of 25 is 3 and its tax 1; of 25 and 9 it is still 3, of which 1 is on goods without tax, and the tax 0.
    invoice = invoice_of(line_of("A", 1, 25, STD=5), line_of("B", 1, 9))
    taken = {"A": Taken(1, FULL_VALUE, 25, {"STD": 5})} | charged
    policy, rates = Policy(restocking_fee=Fee(percent="10")), SaleTerms(tax_rates={"STD": "20"})
    assert reckon(invoice, taken, (units("B"),), policy, rates).total == total


def test_fees_never_eat_more_than_the_credit() -> None:
    policy = Policy(restocking_fee=Fee(percent="80"), return_shipping_fee=Fee(flat={"EUR": "9.00"}))
    found = reckon(invoice_of(line_of("A", 1, 1000)), {}, (units("A"),), policy, SaleTerms())
    assert [(line.line_id, line.total) for line in found.lines] == [
        ("A", 1000), ("restocking_fee", -800), ("return_shipping_fee", -200),
    ]  # fmt: skip


SHIPPED = invoice_of(
    line_of("A", 1, 1000, STD=200), line_of("B", 1, 1000, STD=200), line_of(SHIPPING_LINE, 1, 1200, STD=240)
)


@pytest.mark.parametrize(
    ("choice", "shipping"),
    [
        (Shipping.WHEN_ALL_RETURNED, [0, 1440]),
        (Shipping.ALWAYS, [1440, 0]),
        (Shipping.NEVER, [0, 0]),
        (Shipping.STATUTORY, [0, 600]),
    ],
)
def test_shipping_comes_back_as_the_policy_says(choice: Shipping, shipping: list[int]) -> None:
    sale = Sale(SHIPPED, SaleTerms(standard_shipping=Price(500, {"STD": 100})), Policy(shipping=choice))
    found = amounts(sale, (units("A"),), (units("B"),))
    assert [one.get(SHIPPING_LINE, 0) for one in found] == shipping


def test_half_a_unit_is_not_everything_back() -> None:
    sale = Sale(SHIPPED, SaleTerms(), Policy())
    found = amounts(sale, (units("A"), units("B", 1, FULL_VALUE // 2)), (Asked("B", 0, FULL_VALUE // 2),))
    assert [one.get(SHIPPING_LINE, 0) for one in found] == [0, 1440]


@pytest.mark.parametrize(
    ("standard", "net", "taxes"),
    [
        (Price(2000, {"STD": 400}), 1200, {"STD": 240}),
        (Price(500, {"STD": 101}), 500, {"STD": 101}),
        (Price(600, {"OTHER": 120}), 600, {"STD": 120}),
    ],
)
def test_the_statutory_shipping_is_the_standard_charge_as_far_as_it_was_paid(
    standard: Price, net: int, taxes: dict[str, int]
) -> None:
    terms, policy = SaleTerms(standard_shipping=standard), Policy(shipping=Shipping.STATUTORY)
    credit = reckon(SHIPPED, {}, (units("A"), units("B")), policy, terms).lines[2]
    assert (credit.net, credit.taxes) == (net, taxes)


def test_every_policy_that_speaks_is_a_note_with_its_reason_and_amount() -> None:
    invoice = replace(SHIPPED, lines=(*PROMOTED.invoice.lines, SHIPPED.lines[2]))
    policy = replace(PROMOTED.policy, restocking_fee=Fee(percent="10"))
    found = reckon(invoice, {}, (units("A", 1, FULL_VALUE // 2),), policy, PROMOTED.terms)
    assert [(note.name, note.amount) for note in found.notes] == [
        ("value_fraction", -3000), ("shipping", 0), ("promotion", -1800), ("restocking_fee", -300),
    ]  # fmt: skip
    assert all(note.reason and note.reason.isprintable() for note in found.notes)
    bundled = reckon(BUNDLED.invoice, {}, (units("A/1"),), BUNDLED.policy, BUNDLED.terms)
    assert [(note.name, note.amount) for note in bundled.notes] == [("bundle:A", -500)]


def test_nothing_asked_is_nothing_credited() -> None:
    assert reckon(SHIPPED, {}, (), Policy(shipping=Shipping.ALWAYS), SaleTerms()).lines == ()


@pytest.mark.parametrize("asks", [(units("Z"),), (units("A"), units("A")), (units("A", -1),), (units("A", 1, -1),)])
def test_what_makes_no_sense_is_refused(asks: tuple[Asked, ...]) -> None:
    with pytest.raises(BadInput):
        reckon(SHIPPED, {}, asks, Policy(), SaleTerms())


def test_more_than_is_left_is_refused() -> None:
    with pytest.raises(NotRemaining):
        reckon(SHIPPED, {"A": Taken(1, FULL_VALUE, 1000, {"STD": 200})}, (units("A"),), Policy(), SaleTerms())
