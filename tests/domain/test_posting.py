"""What an invoice posts, from prices: taxes inside and on top, discounts and bundles given out once."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import tax
from domain.errors import BadInput
from domain.posting import Given, post, spread
from domain.sale import Component, Contradictions, Item, OrderTaxes, displayed, posted
from domain.terms import Price

VAT20, VAT5 = {"VAT20": tax.rate("20")}, {"VAT5": tax.rate("5")}
# Quebec until 2012: the provincial tax is taken on the price and the federal tax.
QUEBEC = {"GST": tax.rate("5"), "QST": tax.rate("9.5", compound=True)}
NEW_YORK = {"STATE": tax.rate("4"), "CITY": tax.rate("4.5"), "MCTD": tax.rate("0.375")}


@given(st.integers(0, 10**7), st.lists(st.tuples(st.integers(0, 30_000), st.booleans()), max_size=4), st.booleans())
def test_net_and_taxes_are_the_price_and_no_part_is_negative(
    price: int, rates: list[tuple[int, bool]], inclusive: bool
) -> None:
    by_code = {str(place): tax.Rate(Fraction(part, 100_000), over) for place, (part, over) in enumerate(rates)}
    found = post(price, inclusive, by_code, Given())
    assert (found.total if inclusive else found.net) == price
    assert min([found.net, *found.taxes.values()]) >= 0
    whole = sum(tax.effective(by_code).values(), Fraction(0))
    # One rounding inside a gross price; one for every code, each a base of those above it, on top of a net one.
    assert abs(found.net * whole - sum(found.taxes.values())) <= (1 + whole) * max(len(rates), 1)


@pytest.mark.parametrize(
    ("price", "inclusive", "rates", "net", "taxes"),
    [
        (2997, False, {"NY": tax.rate("8.875")}, 2997, {"NY": 266}),
        (999, True, VAT20, 832, {"VAT20": 167}),
        (10000, False, QUEBEC, 10000, {"GST": 500, "QST": 998}),
        (11498, True, QUEBEC, 10000, {"GST": 500, "QST": 998}),
        (1000, True, NEW_YORK, 918, {"STATE": 37, "CITY": 42, "MCTD": 3}),
        (1000, False, NEW_YORK, 1000, {"STATE": 40, "CITY": 45, "MCTD": 4}),
        (500, True, {}, 500, {}),
    ],
)
def test_taxes_by_their_rates(
    price: int, inclusive: bool, rates: dict[str, tax.Rate], net: int, taxes: dict[str, int]
) -> None:
    assert post(price, inclusive, rates, Given()) == Price(net, taxes)


@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize(
    "told",
    [
        Given(net=1000), Given(taxes={"VAT20": 200}), Given(total=1200), Given(1000, {"VAT20": 200}),
        Given(net=1000, total=1200), Given(taxes={"VAT20": 200}, total=1200), Given(1000, {"VAT20": 200}, 1200),
    ],
)  # fmt: skip
def test_whatever_is_told_of_a_posting_the_rest_is_worked_out(inclusive: bool, told: Given) -> None:
    assert post(1200 if inclusive else 1000, inclusive, VAT20, told) == Price(1000, {"VAT20": 200})


@pytest.mark.parametrize("told", [Given(net=1000), Given(total=1200), Given(1000, {"VAT20": 200})])
def test_a_posting_needs_no_price(told: Given) -> None:
    assert post(None, False, VAT20, told) == Price(1000, {"VAT20": 200})


def test_what_was_posted_is_the_truth_also_when_no_rate_says_so() -> None:
    assert post(1000, False, VAT20, Given(991, {"VAT20": 201})) == Price(991, {"VAT20": 201})


@pytest.mark.parametrize(
    ("told", "rates", "field"),
    [
        (Given(1000, {"VAT20": 200}, 1201), VAT20, "total"),
        (Given(net=1000, total=999), VAT20, "total"),
        (Given(net=1000, total=1001), {}, "total"),
        (Given(taxes={"VAT20": 200}, total=100), VAT20, "taxes"),
        (Given(taxes={"VAT20": 200}), VAT20, "unit_price"),
        (Given(), VAT20, "unit_price"),
    ],
)
def test_what_contradicts_itself_is_named(told: Given, rates: dict[str, tax.Rate], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        post(None, False, rates, told)
    assert caught.value.field == field


def goods(line_id: str, price: int | None, rates: dict[str, tax.Rate], told: Given | None = None) -> Item:
    return Item(line_id, 1, price, False, rates, told or Given())


def test_an_order_discount_lowers_each_lines_own_tax() -> None:
    lines = posted([goods("A", 6000, VAT20), goods("B", 4000, VAT5)], [900, 600], OrderTaxes())
    assert [(line.net, line.taxes, line.total) for line, _ in lines] == [
        (5100, {"VAT20": 1020}, 6120), (3400, {"VAT5": 170}, 3570),
    ]  # fmt: skip
    assert [terms.undiscounted for _, terms in lines] == [Price(6000, {"VAT20": 1200}), Price(4000, {"VAT5": 200})]
    assert [terms.spend for _, terms in lines] == [6000, 4000]


def test_a_tax_of_the_order_is_given_out_by_the_nets_of_those_that_bear_it() -> None:
    lines = [goods("A", 665, {}), goods("B", 666, {}), goods("C", 666, {})]
    everybody = posted(lines, [0, 0, 0], OrderTaxes({"TAX": 200}))
    assert [line.taxes for line, _ in everybody] == [{"TAX": 66}, {"TAX": 67}, {"TAX": 67}]
    some = posted(lines, [0, 0, 0], OrderTaxes({"TAX": 200}, {"TAX": frozenset({"A", "C"})}))
    assert [line.taxes for line, _ in some] == [{"TAX": 100}, {}, {"TAX": 100}]


def bundle(
    told: Given | None = None, *, inclusive: bool = True, parts: tuple[Given, Given] = (Given(), Given())
) -> Item:
    components = (
        Component("K/1", 2, 1, 5998, VAT20, parts[0]),
        Component("K/2", 4, 2, 4000, VAT5, parts[1]),
    )
    return Item("K", 2, 8000, inclusive, {}, told or Given(), components)


def test_a_bundle_is_posted_as_its_components_by_their_stand_alone_price() -> None:
    (one, its), (other, _) = posted([bundle()], [0], OrderTaxes())
    assert (one.line_id, one.quantity, one.total, other.total) == ("K/1", 2, 4799, 3201)
    assert (one.net, one.taxes) == (3999, {"VAT20": 800})
    assert (its.bundle, its.per_bundle, its.stand_alone) == ("K", 1, Price(4998, {"VAT20": 1000}))


@pytest.mark.parametrize(
    "told",
    [Given(net=7047), Given(total=8000), Given(7047, {"VAT20": 800, "VAT5": 153}), Given(net=7047, total=8000)],
)
def test_what_a_bundle_posted_is_what_its_components_sum_to(told: Given) -> None:
    lines = [line for line, _ in posted([bundle(told)], [0], OrderTaxes())]
    if told.net is not None:
        assert sum(line.net for line in lines) == told.net
    if told.total is not None:
        assert sum(line.total for line in lines) == told.total
    if told.taxes is not None:
        assert [line.taxes for line in lines] == [{"VAT20": 800}, {"VAT5": 153}]


def test_components_keep_what_they_posted_themselves() -> None:
    parts = (Given(3900, {"VAT20": 780}), Given(3200, {"VAT5": 160}))
    lines = [line for line, _ in posted([bundle(Given(net=7100), parts=parts)], [0], OrderTaxes())]
    assert [(line.net, line.total) for line in lines] == [(3900, 4680), (3200, 3360)]
    with pytest.raises(Contradictions) as caught:
        posted([bundle(Given(net=7101), parts=parts)], [0], OrderTaxes())
    assert caught.value.found == (((0, "net"), "is not what the components sum to"),)


def test_every_contradiction_is_told_with_its_place() -> None:
    wrong = Given(taxes={"VAT20": 9000})
    sold = [goods("A", None, VAT20), goods("B", 100, VAT20), bundle(parts=(wrong, wrong))]
    with pytest.raises(Contradictions) as caught:
        posted(sold, [0, 0, 0], OrderTaxes())
    assert [path for path, _ in caught.value.found] == [
        (0, "unit_price"), (2, "bundle", "components", 0, "taxes"), (2, "bundle", "components", 1, "taxes"),
    ]  # fmt: skip


def test_a_tax_no_component_has_goes_over_all() -> None:
    found = spread(None, False, [1, 1], [VAT20, VAT5], Given(1000, {"LEVY": 11}))
    assert found == [Given(500, {"LEVY": 6}), Given(500, {"LEVY": 5})]


@pytest.mark.parametrize(
    ("told", "inclusive", "shown"),
    [
        (Given(total=1200), True, 1200), (Given(1000, {"V": 200}), True, 1200), (Given(net=1000), False, 1000),
        (Given(None, {"V": 200}, 1200), False, 1000), (Given(), False, 0),
    ],
)  # fmt: skip
def test_a_line_of_which_only_the_posting_is_known_counts_as_posted(told: Given, inclusive: bool, shown: int) -> None:
    assert displayed(Item("A", 1, None, inclusive, VAT20, told)) == shown
