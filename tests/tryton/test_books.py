"""What stands in a real Tryton's books after a return: on the account, in which month, and what others made by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest

from adapters.erp.tryton import Names, Tryton
from adapters.errors import ClosedPeriod, Permanent
from domain.inventory import StockState
from domain.refund import AccountCredit
from tests.stack.orders import line, order
from tests.stack.tryton import RealTryton
from tests.tryton.books import door, month_closed
from tests.tryton.case import Case

ORDERS = count(9_150_001)
VAT20 = [{"code": "VAT20", "rate": "20"}]
COMPANY = {"id": 91, "email": "buyer@example.test", "first_name": "Jo", "last_name": "Berg", "company": "Berg GmbH"}


@pytest.fixture
async def erp(tryton: RealTryton) -> AsyncIterator[Tryton]:
    opened = door(tryton)
    yield opened
    await opened.close()


async def chairs(real: RealTryton, erp: Tryton, on_account: bool = False, **more: object) -> Case:
    """Ten chairs at 10.00 and their tax, 120.00 in all."""
    number = next(ORDERS)
    sold = line(number * 10, f"CHAIR-{number}", 10, "10.00", taxes=VAT20)
    tender = {"kind": "account" if on_account else "card", "amount": None}
    given = {"shipping": {"price": "0", "taxes": []}, "tenders": [tender]} | (
        {"customer": COMPANY} if on_account else {}
    )
    return await Case.of(real, erp, order(number, sold, **given | more))


@pytest.mark.parametrize(
    ("account", "memo_open", "invoice_open"),
    [
        (AccountCredit.KEEP_OPEN, "-36.00", "120.00"),
        (AccountCredit.APPLY, "-36.00", "84.00"),
        (AccountCredit.REFUND, "0", "120.00"),
    ],
)
async def test_a_credit_on_account_is_left_open_taken_off_the_invoice_or_refunded(
    tryton: RealTryton, erp: Tryton, account: AccountCredit, memo_open: str, invoice_open: str
) -> None:
    case = await chairs(tryton, erp, on_account=True)
    assert case.invoice.on_account
    back = case.begin(*case.lines((case.invoice.lines[0].line_id, 3)))
    memo = await back.credited()
    for _ in range(2):
        await erp.settle(replace(back.settlement(memo, on_account=account), moves=()))
    (note,) = case.books.posted()
    assert note["amount_to_pay"] == Decimal(memo_open)
    assert case.books.invoice()["amount_to_pay"] == Decimal(invoice_open)


async def test_what_the_invoice_has_not_open_stays_open_on_the_account(tryton: RealTryton, erp: Tryton) -> None:
    case = await chairs(tryton, erp)
    back = case.begin(*case.lines((case.invoice.lines[0].line_id, 3)))
    memo = await back.credited()
    await erp.settle(replace(back.settlement(memo, on_account=AccountCredit.APPLY), moves=()))
    assert case.books.posted()[0]["amount_to_pay"] == Decimal("-36.00")
    assert case.books.invoice()["state"] == "paid"


async def test_a_closed_month_takes_no_credit_but_the_refund_of_one_goes_into_the_next(
    tryton: RealTryton, erp: Tryton
) -> None:
    case = await chairs(tryton, erp)
    first = case.begin(*case.lines((case.invoice.lines[0].line_id, 1)))
    posted_before = await first.credited()
    second = case.begin(*case.lines((case.invoice.lines[0].line_id, 1)))
    await second.authorized()
    with month_closed(tryton) as month:
        with pytest.raises(ClosedPeriod):
            await erp.post_credit(second.credit())
        await erp.settle(replace(first.settlement(posted_before), moves=()))
        moved = await erp.post_credit(second.credit(period="next_open", tax_point=case.invoice.posted_on))
    assert moved.period != posted_before.period
    notes = {note["description"]: note for note in case.books.posted()}
    assert notes[f"credit:{first.return_id}"]["state"] == "paid"
    late = notes[f"credit:{second.return_id}"]
    assert late["accounting_date"] > month.ends
    assert late["invoice_date"] == case.invoice.posted_on


async def test_goods_go_to_each_place_and_out_again(tryton: RealTryton, erp: Tryton) -> None:
    case = await chairs(tryton, erp)
    sku = case.invoice.lines[0].sku
    before = case.books.stock(sku)
    for to in (StockState.AVAILABLE, StockState.QUARANTINED, StockState.SCRAPPED, StockState.SENT_BACK):
        await case.begin(*case.lines((case.invoice.lines[0].line_id, 1))).whole(to)
    after = case.books.stock(sku)
    assert {place: after[place] - before[place] for place in after} == {"IN": 0, "STO": 1, "QUA": 1, "SCR": 1}


async def test_a_kit_comes_back_as_its_parts(tryton: RealTryton, erp: Tryton) -> None:
    number = next(ORDERS)
    set_of_tea = line(number * 10, "TEA-SET", 2, "33.33", taxes=VAT20)
    case = await Case.of(tryton, erp, order(number, set_of_tea, shipping={"price": "0", "taxes": []}))
    before = {part: case.books.stock(part) for part in ("TEA-POT", "TEA-CUP")}
    memo = await case.begin(*case.lines((case.invoice.lines[0].line_id, 1))).whole(StockState.QUARANTINED)
    assert [(credit.line_id, credit.quantity) for credit in memo.lines] == [(case.invoice.lines[0].line_id, 1)]
    came = {part: case.books.stock(part)["QUA"] - before[part]["QUA"] for part in before}
    assert came == {"TEA-POT": 1, "TEA-CUP": 2}
    assert [sale["state"] for sale in case.books.returns()] == ["done"]


async def test_a_foreign_currency_is_credited_in_it_and_the_base_amounts_are_told(
    tryton: RealTryton, erp: Tryton
) -> None:
    case = await chairs(tryton, erp, currency="GBP")
    memo = await case.begin(*case.lines((case.invoice.lines[0].line_id, 10))).credited()
    assert (memo.total.minor, memo.total.currency) == (12000, "GBP")
    assert case.invoice.base is not None
    assert memo.base == case.invoice.base
    assert memo.base.total.currency == "EUR"


async def test_credits_of_others_are_told_by_the_invoices_lines(tryton: RealTryton, erp: Tryton) -> None:
    """Tryton's own dialog credits an invoice as a whole; the credit note names the invoice's lines."""
    case = await chairs(tryton, erp)
    with tryton.admin() as admin:
        with admin.wizard("account.invoice.credit", "account.invoice", [int(case.invoice.invoice_id)]) as dialog:
            dialog.press("credit", {"start": {"with_refund": False, "with_refund_allowed": True, "invoice_date": None}})
        (row, *_) = admin.find(
            "account.invoice.line", ["origin", "=", f"account.invoice.line,{case.invoice.lines[0].erp_line}"],
            fields=("invoice",),
        )  # fmt: skip
        assert await erp.credits(case.invoice) == ()
        admin.call("account.invoice.post", [row["invoice"]])
    (credit,) = await erp.credits(case.invoice)
    assert credit.holder == f"erp:{row['invoice']}"
    assert credit.total == case.invoice.total
    assert [(one.line_id, one.quantity, one.net) for one in credit.lines] == [
        (case.invoice.lines[0].line_id, 10, 10_000)
    ]


async def test_a_name_the_database_does_not_have_is_told(tryton: RealTryton, erp: Tryton) -> None:
    case = await chairs(tryton, erp)
    elsewhere = door(tryton, names=Names(web_shop="Another shop"))
    try:
        with pytest.raises(Permanent, match="'Another shop'"):
            await elsewhere.invoice(case.books.order_id)
    finally:
        await elsewhere.close()
