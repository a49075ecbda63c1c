"""What Tryton itself posts for neutral orders, and that the storefront's words are found again in its books."""

from decimal import Decimal
from typing import Any

import pytest

from tests.stack.orders import line, order
from tests.stack.tryton import RealTryton
from tryton_lab.rpc import Refused
from tryton_lab.seed import Seeded

PAID, ON_ACCOUNT, UNDELIVERED, IN_POUNDS, THREE_PINS, WITH_TAX_INSIDE, THIRTEEN = range(982001, 982008)


def vat(percent: str) -> list[dict[str, str]]:
    return [{"code": f"VAT{percent}", "rate": percent}]


def basket(order_id: int, **more: Any) -> dict[str, Any]:
    """Kettle 2 x 49.99 at 20 %, book 3 x 20.00 less 3.33 at 7 %, one tea set at 20 %, shipping 4.90 at 20 %.

    20 %: 99.98 + 33.33 + 4.90 = 138.21, tax 27.64. 7 %: 56.67, tax 3.97. Together 226.49."""
    return order(
        order_id,
        line(order_id * 10 + 1, "KETTLE", 2, "49.99", taxes=vat("20")),
        line(order_id * 10 + 2, "BOOK", 3, "20.00", discount="3.33", taxes=vat("7")),
        line(order_id * 10 + 3, "TEA-SET", 1, "33.33", taxes=vat("20")),
        **{"shipping": {"price": "4.90", "taxes": vat("20")}} | more,
    )


def plain(order_id: int, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return order(order_id, *lines, **{"shipping": {"price": "0"}} | more)


GIFT_CARD = {"kind": "gift_card", "gateway": "gift_card", "amount": "10.00"}
CARD = {"kind": "card", "gateway": "shopify_payments", "amount": None}
ACCOUNT = {"kind": "account", "gateway": "account", "amount": None}


@pytest.fixture(scope="module")
def seeded(tryton: RealTryton) -> dict[int, Seeded]:
    pins = (line(THREE_PINS * 10 + n, f"PIN-{n}", 1, "0.33", taxes=vat("7")) for n in (1, 2, 3))
    jars = line(WITH_TAX_INSIDE * 10 + 1, "JAR", 3, "9.99", taxes=vat("20"))
    answers = tryton.seed(
        basket(PAID, tenders=[GIFT_CARD, CARD]),
        basket(ON_ACCOUNT, tenders=[ACCOUNT]),
        basket(UNDELIVERED, delivered_at=None, invoiced=False),
        plain(IN_POUNDS, line(IN_POUNDS * 10 + 1, "CLOCK", 1, "85.00", taxes=vat("20")), currency="GBP"),
        plain(THREE_PINS, *pins),
        plain(WITH_TAX_INSIDE, jars, prices_include_tax=True),
        plain(THIRTEEN, line(THIRTEEN * 10 + 1, "LAMP", 1, "50.00", taxes=vat("13"))),
    )
    return {one.order_id: one for one in answers}


def test_an_order_is_delivered_invoiced_and_paid(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    paid = seeded[PAID]
    assert (paid.untaxed, paid.tax, paid.total) == (Decimal("194.88"), Decimal("31.61"), Decimal("226.49"))
    with tryton.desk() as desk:
        (sale,) = desk.call("sale.sale.read", [paid.sale], ["state", "shipment_state", "invoice_state"])
        (invoice,) = desk.call("account.invoice.read", [paid.invoice], ["state", "amount_to_pay", "number"])
        taxes = desk.find("account.invoice.tax", ["invoice", "=", paid.invoice], fields=("base", "amount"))
    assert (sale["state"], sale["shipment_state"], sale["invoice_state"]) == ("done", "sent", "paid")
    assert (invoice["state"], invoice["amount_to_pay"], invoice["number"]) == ("paid", Decimal("0"), paid.number)
    assert {row["base"]: row["amount"] for row in taxes} == {
        Decimal("138.21"): Decimal("27.64"),
        Decimal("56.67"): Decimal("3.97"),
    }


def test_the_storefronts_words_are_found_in_the_books(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    with tryton.desk() as desk:
        shop = desk.id("web.shop", ["name", "=", "Storefront"])
        found = desk.find("sale.sale", ["web_shop", "=", shop], ["web_id", "=", str(PAID)], fields=("reference",))
        of_invoice = ["invoice", "=", seeded[PAID].invoice]
        rows = desk.find("account.invoice.line", of_invoice, fields=("note", "amount", "origin", "taxes.name"))
    assert found == [{"id": seeded[PAID].sale, "reference": f"#{PAID}"}]
    assert {row["note"]: (row["amount"], row["taxes."][0]["name"]) for row in rows} == {
        f"line:{PAID}1": (Decimal("99.98"), "VAT20"),
        f"line:{PAID}2": (Decimal("56.67"), "VAT7"),
        f"line:{PAID}3": (Decimal("33.33"), "VAT20"),
        "line:shipping": (Decimal("4.90"), "VAT20"),
    }
    assert all(row["origin"].startswith("sale.line,") for row in rows)


def test_a_kit_leaves_the_warehouse_as_its_parts(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    with tryton.desk() as desk:
        (sale,) = desk.call("sale.sale.read", [seeded[PAID].sale], ["moves"])
        moves = desk.call("stock.move.read", sale["moves"], ["product.code", "quantity", "state", "effective_date"])
    assert {move["product."]["code"]: (move["quantity"], move["state"]) for move in moves} == {
        "KETTLE": (2.0, "done"),
        "BOOK": (3.0, "done"),
        "TEA-POT": (1.0, "done"),
        "TEA-CUP": (2.0, "done"),
    }


def test_two_tenders_are_booked_one_by_one(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    with tryton.desk() as desk:
        (invoice,) = desk.call("account.invoice.read", [seeded[PAID].invoice], ["payment_lines"])
        payments = desk.call("account.move.line.read", invoice["payment_lines"], ["credit"])
    assert sorted(row["credit"] for row in payments) == [Decimal("10.00"), Decimal("216.49")]


def test_an_order_on_account_stays_open(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    with tryton.desk() as desk:
        fields = ["state", "amount_to_pay", "payment_term.rec_name"]
        (invoice,) = desk.call("account.invoice.read", [seeded[ON_ACCOUNT].invoice], fields)
    assert (invoice["state"], invoice["amount_to_pay"]) == ("posted", Decimal("226.49"))
    assert invoice["payment_term."]["rec_name"] == "Net 30 days"


def test_what_is_not_delivered_waits_and_what_is_not_invoiced_has_no_invoice(
    tryton: RealTryton, seeded: dict[int, Seeded]
) -> None:
    waiting = seeded[UNDELIVERED]
    with tryton.desk() as desk:
        (sale,) = desk.call("sale.sale.read", [waiting.sale], ["shipment_state", "invoices"])
    assert (sale["shipment_state"], sale["invoices"], waiting.invoice, waiting.total) == ("waiting", [], None, None)


def test_another_currency_is_posted_in_it_and_in_euros(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    assert seeded[IN_POUNDS].total == Decimal("102.00")
    with tryton.desk() as desk:
        (invoice,) = desk.call("account.invoice.read", [seeded[IN_POUNDS].invoice], ["currency.code", "move"])
        lines = desk.find("account.move.line", ["move", "=", invoice["move"]], fields=("debit",))
    assert invoice["currency."]["code"] == "GBP"
    assert max(row["debit"] for row in lines) == Decimal("120.00")  # 102.00 at 0.85 for a euro


def test_taxes_are_rounded_once_for_the_invoice(seeded: dict[int, Seeded]) -> None:
    """Three lines of 0.33 at 7 %: 0.0231 each. Line by line that would be 0.06; Tryton posts 0.07."""
    assert (seeded[THREE_PINS].untaxed, seeded[THREE_PINS].tax) == (Decimal("0.99"), Decimal("0.07"))


def test_prices_with_tax_are_posted_by_their_net_amount(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    """3 x 9.99 with 20 % in it: 29.97, of which 5.00 is tax. 24.97 / 3 has no end; six decimals make 24.97 again.

    Its tax is 4.994, posted as 4.99: a cent less than the shop's, by Tryton's rule."""
    jars = seeded[WITH_TAX_INSIDE]
    assert (jars.untaxed, jars.tax, jars.total) == (Decimal("24.97"), Decimal("4.99"), Decimal("29.96"))
    with tryton.desk() as desk:
        (row,) = desk.find("account.invoice.line", ["invoice", "=", jars.invoice], fields=("unit_price",))
    assert row["unit_price"] == Decimal("8.323333")


def test_tax_codes_tell_invoices_from_credit_notes(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    assert seeded[THIRTEEN].tax == Decimal("6.50")
    with tryton.desk() as desk:
        periods = [row["id"] for row in desk.find("account.period")]
        rows = desk.find("account.tax.code", ["name", "like", "VAT13 %"], fields=("code", "amount"), periods=periods)
    assert {row["code"]: row["amount"] for row in rows} == {
        "VAT13-B-INV": Decimal("50.00"),
        "VAT13-T-INV": Decimal("6.50"),
        "VAT13-B-CRE": Decimal("0.00"),
        "VAT13-T-CRE": Decimal("0.00"),
    }


def test_an_order_is_taken_once(tryton: RealTryton, seeded: dict[int, Seeded]) -> None:
    assert PAID in seeded
    with pytest.raises(Refused, match="unique"):
        tryton.seed(basket(PAID))


def test_what_the_books_cannot_hold_is_refused_by_name(tryton: RealTryton) -> None:
    with pytest.raises(ValueError, match="CHF"):
        tryton.seed(basket(982099, currency="CHF"))
    with pytest.raises(ValueError, match="VAT20 is 20"):
        tryton.seed(plain(982099, line(1, "KETTLE", 1, "1.00", taxes=[{"code": "VAT20", "rate": "19"}])))
