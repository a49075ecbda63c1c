"""The ERP's door on NetSuite, over real TLS against the sandbox account: money to the penny, states, stock, periods."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.erp.netsuite import NetSuite
from adapters.erp.port import CancelAuthorization, CreditAsk, Erp, QuoteAsk, Settle
from adapters.errors import ClosedPeriod, Permanent
from domain.inventory import StockState
from domain.invoice import SHIPPING_LINE
from domain.money import Base, Money
from domain.refund import AccountCredit, CreditLine, ErpCredit, differences
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE
from tests.adapters.netsuite_case import Case, credit, settings
from tests.stack.orders import line
from tests.stack.sandbox import Sandbox


@pytest.fixture
async def erp(sandbox: Sandbox) -> AsyncIterator[Erp]:
    erp = NetSuite(settings(sandbox))
    yield erp
    await erp.close()


async def test_an_invoice_is_read_as_it_was_posted(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, line(1, "MAP-1", 3, "9.99", discount="1.00", warranty_until="2028-01-31"))
    invoice = await erp.invoice(str(case.number))
    goods, shipping = invoice.lines
    assert (goods.sku, goods.quantity, goods.net, goods.taxes) == ("MAP-1", 3, 2897, {"DE19": 550})
    assert str(goods.warranty_until) == "2028-01-31"
    assert (shipping.line_id, shipping.net, shipping.taxes) == (SHIPPING_LINE, 490, {"DE19": 93})
    assert invoice.total == Money(2897 + 550 + 490 + 93, "EUR")
    assert (str(invoice.posted_on), invoice.period, invoice.on_account) == ("2026-11-14", "Nov 2026", False)


async def test_an_order_without_an_invoice_is_permanent(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, invoiced=False)
    for order_id in (str(case.number), "no-such-order"):
        with pytest.raises(Permanent, match="no invoice"):
            await erp.invoice(order_id)


async def test_an_unpaid_business_invoice_is_on_account(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, tenders=[{"kind": "account", "gateway": "manual", "amount": None}])
    assert (await erp.invoice(str(case.number))).on_account


async def test_the_quote_is_pending_and_posts_nothing(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    quote = await case.quoted()
    assert quote.total == Money(999 + 190, "EUR")
    assert quote.lines == case.lines
    assert [doc["status"] for doc in case.booked("returnAuthorization")] == ["Pending Approval"]
    assert case.booked("creditMemo") == []


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        ((line(1, "P-NY", 3, "9.99", taxes=[{"code": "NY", "rate": "8.875"}]),), {}),
        ((line(1, "P-10", 3, "3.50", discount="0.50", taxes=[]),), {}),
        ((line(1, "P-Y", 3, "333", taxes=[{"code": "JP10", "rate": "10"}]),), {"currency": "JPY"}),
        ((line(1, "P-K", 7, "0.333", taxes=[{"code": "KW5", "rate": "5"}]),), {"currency": "KWD"}),
        ((line(1, "P-S", 10, "0.01", discount="0.06", taxes=[{"code": "NY", "rate": "8.875"}]),), {}),
        (
            (line(1, "P-2", 3, "9.99", taxes=[{"code": "GST", "rate": "5"}, {"code": "QST", "rate": "9.975"}]),),
            {"currency": "CAD", "prices_include_tax": True},
        ),
    ],
)
async def test_partial_returns_close_on_the_posted_line_to_the_penny(
    sandbox: Sandbox, erp: Erp, lines: tuple[dict[str, Any], ...], more: dict[str, Any]
) -> None:
    case = Case(sandbox, erp, *lines, shipping={"price": "0", "taxes": []}, **more)
    invoice = await erp.invoice(str(case.number))
    posted, taken = invoice.lines[0], Taken()
    for unit in range(posted.quantity):
        part = credit(invoice, posted.line_id, 1, taken)
        key = f"{case.return_id}-{unit}"
        quote = await erp.quote(QuoteAsk(key, f"rma:{key}", invoice, (part,)))
        await erp.authorize(quote.document)
        memo = await erp.post_credit(CreditAsk(f"credit:{key}", quote.document, invoice, (part,)))
        assert not differences((part,), quote.lines)
        assert not differences((part,), memo.lines)
        taxes = {code: taken.taxes.get(code, 0) + tax for code, tax in part.taxes.items()}
        taken = Taken(unit + 1, (unit + 1) * FULL_VALUE, taken.net + part.net, taxes)
    assert (taken.net, taken.taxes) == (posted.net, posted.taxes)
    assert sum(Decimal(doc["total"]) for doc in case.booked("creditMemo")) == Decimal(invoice.total.decimal())


async def test_shipping_goes_back_as_a_line_of_the_credit(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, units=3)
    await case.quoted()
    shipping = CreditLine(SHIPPING_LINE, 1, 490, {"DE19": 93})
    lines = (*case.lines, shipping)
    quote = await erp.quote(QuoteAsk("S", f"rma:S-{case.number}", case.invoice, (shipping,)))
    assert quote.lines == (shipping,)
    memo = await _posted(erp, replace(case.credit, lines=lines), case)
    assert memo.lines == lines
    assert memo.total == case.invoice.total


async def test_a_value_alone_can_be_credited_after_the_units_are_back(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, units=3)
    await case.quoted()
    half = reverse(case.invoice.lines[0], Taken(), 3, 3 * FULL_VALUE // 2)
    memo = await _posted(erp, replace(case.credit, lines=(half,)), case)
    rest = reverse(case.invoice.lines[0], Taken(3, 3 * FULL_VALUE // 2, half.net, half.taxes), 0, 3 * FULL_VALUE // 2)
    key = f"{case.return_id}-appeal"
    quote = await erp.quote(QuoteAsk(key, f"rma:{key}", case.invoice, (rest,)))
    await erp.authorize(quote.document)
    later = await erp.post_credit(CreditAsk(f"credit:{key}", quote.document, case.invoice, (rest,)))
    assert memo.total.minor + later.total.minor == case.invoice.lines[0].total


async def test_more_than_is_left_of_the_invoice_is_refused(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, units=3)
    await case.quoted()
    with pytest.raises(Permanent, match="exceeds"):
        await erp.quote(replace(case.ask, key=f"rma:second-{case.number}"))


async def test_every_step_answers_a_repeat_as_the_first_time(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    quote = await case.quoted()
    assert await erp.quote(case.ask) == quote
    await erp.authorize(quote.document)
    await erp.authorize(quote.document)
    assert await erp.receive(case.goods) == await erp.receive(case.goods)
    preview = await erp.preview_credit(case.credit)
    memo = await erp.post_credit(case.credit)
    assert await erp.post_credit(case.credit) == memo
    assert (preview.document, preview.lines, preview.total) == ("", memo.lines, memo.total)
    assert (await erp.preview_credit(case.credit)).total == memo.total
    await erp.authorize(quote.document)
    for _ in range(2):
        await erp.settle(case.settlement(memo))
    kinds = ("returnAuthorization", "itemReceipt", "creditMemo", "customerRefund")
    assert [len(case.booked(kind)) for kind in kinds] == [1, 1, 1, 1]
    assert case.stock() == {"Good": 1}


async def test_a_repeat_in_another_process_answers_as_the_first_time_too(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    quote = await case.quoted()
    await erp.authorize(quote.document)
    receipt, memo = await erp.receive(case.goods), await erp.post_credit(case.credit)
    await erp.settle(case.settlement(memo))
    case.erp = other = NetSuite(settings(sandbox))
    assert (await other.quote(case.ask)).document == quote.document
    assert (await other.receive(case.goods), await other.post_credit(case.credit)) == (receipt, memo)
    await other.settle(case.settlement(memo))
    await other.close()
    kinds = ("returnAuthorization", "itemReceipt", "creditMemo", "customerRefund")
    assert [len(case.booked(kind)) for kind in kinds] == [1, 1, 1, 1]
    assert case.stock() == {"Good": 1}


async def test_documents_are_made_without_looking_first(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    await case.quoted()
    await erp.authorize(case.quote.document)
    sandbox.control.delete("/calls").raise_for_status()
    await erp.receive(case.goods)
    await erp.settle(case.settlement(await erp.post_credit(case.credit)))
    seen = [call["operation"] for call in sandbox.control.get("/calls").json()["recent"]]
    # The memo is read back; of the authorization, what is still open.
    assert [one for one in seen if one.startswith("GET")] == ["GET creditMemo", "GET returnAuthorization"]


async def test_uninspected_goods_are_never_available(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, units=2)
    await case.received()
    assert case.stock() == {"Inspection": 2}


@pytest.mark.parametrize(
    ("to", "left"),
    [
        (StockState.AVAILABLE, {"Good": 1}),
        (StockState.QUARANTINED, {"Quarantine": 1}),
        (StockState.SCRAPPED, {"Scrap": 1}),
        (StockState.SENT_BACK, {}),
    ],
)
async def test_the_verdict_moves_the_stock(sandbox: Sandbox, erp: Erp, to: StockState, left: dict[str, int]) -> None:
    case = Case(sandbox, erp)
    await case.received()
    memo = await erp.post_credit(case.credit)
    await erp.settle(case.settlement(memo, to))
    assert case.stock() == left
    assert case.booked("customerRefund")[0]["total"] == memo.total.decimal()
    assert case.booked("creditMemo")[0]["status"] == "Fully Applied"
    assert case.booked("returnAuthorization")[0]["status"] == "Refunded"


async def test_a_business_credit_stays_open_on_the_account(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, tenders=[{"kind": "account", "gateway": "manual", "amount": None}])
    await case.received()
    memo = await erp.post_credit(case.credit)
    await erp.settle(on_account(case, memo, AccountCredit.KEEP_OPEN))
    assert case.booked("customerRefund") == []
    assert case.booked("creditMemo")[0]["status"] == "Open"
    assert case.booked("creditMemo")[0]["reverses"] == case.invoice.number


async def test_a_business_credit_is_applied_to_its_open_invoice_once(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, tenders=[{"kind": "account", "gateway": "manual", "amount": None}])
    await case.received()
    memo = await erp.post_credit(case.credit)
    for _ in range(2):
        await erp.settle(on_account(case, memo, AccountCredit.APPLY))
    owed = case.invoice.total - memo.total
    assert case.booked("invoice")[0]["amountRemaining"] == owed.decimal()
    assert (case.booked("creditMemo")[0]["status"], case.booked("customerRefund")) == ("Fully Applied", [])


async def test_a_credit_above_what_its_invoice_has_open_leaves_the_rest_on_the_account(
    sandbox: Sandbox, erp: Erp
) -> None:
    tenders = [{"kind": "account", "gateway": "manual", "amount": "4.00"}, {"kind": "card", "amount": None}]
    case = Case(sandbox, erp, tenders=tenders)
    await case.received()
    memo = await erp.post_credit(case.credit)
    for _ in range(2):
        await erp.settle(on_account(case, memo, AccountCredit.APPLY))
    assert case.booked("invoice")[0]["amountRemaining"] == "0.00"
    booked = case.booked("creditMemo")[0]
    assert (booked["applied"], booked["amountRemaining"]) == ("4.00", (memo.total - Money(400, "EUR")).decimal())


async def test_a_business_credit_that_finance_pays_is_booked_as_refunded_once(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, tenders=[{"kind": "account", "gateway": "manual", "amount": None}])
    await case.received()
    memo = await erp.post_credit(case.credit)
    for _ in range(2):
        await erp.settle(on_account(case, memo, AccountCredit.REFUND))
    assert [doc["total"] for doc in case.booked("customerRefund")] == [memo.total.decimal()]
    assert case.booked("creditMemo")[0]["status"] == "Fully Applied"
    assert case.booked("invoice")[0]["amountRemaining"] == case.invoice.total.decimal()


async def test_a_credit_in_a_foreign_currency_is_posted_at_the_invoices_rate(sandbox: Sandbox, erp: Erp) -> None:
    """Today's rate differs: the customer's dollars do not, and the parts' base amounts are the invoice's."""
    case = Case(sandbox, erp, line(1, "MAP-USD", 2, "10.00"), currency="USD", exchange_rate="0.9", shipping=None)
    await case.received()
    assert case.invoice.base == Base(Money(2142, "EUR"), "0.9")
    sandbox.control.post("/netsuite/rates", json={"currency": "USD", "rate": "0.5"}).raise_for_status()
    first = await erp.post_credit(case.credit)
    taken = Taken(1, FULL_VALUE, first.lines[0].net, first.lines[0].taxes)
    rest = (credit(case.invoice, case.line_id, 1, taken),)
    again = await erp.quote(QuoteAsk(f"{case.return_id}-2", f"rma:{case.return_id}-2", case.invoice, rest))
    await erp.authorize(again.document)
    second = await erp.post_credit(CreditAsk(f"credit:{case.return_id}-2", again.document, case.invoice, rest))
    assert (first.total + second.total, case.invoice.total) == (Money(2380, "USD"), Money(2380, "USD"))
    assert first.base == second.base == Base(Money(1071, "EUR"), "0.9")
    booked = case.booked("creditMemo")
    assert [(doc["rate"], doc["base_total"]) for doc in booked] == [("0.9", "10.71"), ("0.9", "10.71")]
    assert case.booked("invoice")[0]["base_total"] == "21.42"


async def test_goods_that_never_came_leave_a_closed_authorization(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    await case.quoted()
    await erp.authorize(case.quote.document)
    memo = await erp.post_credit(case.credit)
    await erp.settle(replace(case.settlement(memo), moves=()))
    assert case.booked("returnAuthorization")[0]["status"] == "Closed"


async def test_cancelling_takes_receipts_back_and_frees_the_units(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp, units=3)
    await case.received()
    ask = CancelAuthorization(case.quote.document, (case.goods.key,))
    for _ in range(2):
        await erp.cancel(ask)
    assert case.stock() == {}
    assert case.booked("itemReceipt") == []
    assert case.booked("returnAuthorization")[0]["status"] == "Closed"
    again = await erp.quote(replace(case.ask, key=f"rma:again-{case.number}"))
    assert again.total == case.quote.total
    with pytest.raises(Permanent, match="cannot be approved"):
        await erp.authorize(case.quote.document)


async def test_a_closed_period_is_a_decision_for_finance(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    await case.received()
    month = case.booked("itemReceipt")[0]["tranDate"][:7]
    with _closed(sandbox, month):
        for act in (erp.preview_credit, erp.post_credit):
            with pytest.raises(ClosedPeriod, match="open accounting period"):
                await act(case.credit)
        assert case.booked("creditMemo") == []
        memo = await erp.post_credit(replace(case.credit, period="next_open"))
        assert memo.period not in ("", case.invoice.period)
        await erp.settle(case.settlement(memo))
    booked = case.booked("creditMemo")[0]
    assert booked["tranDate"][:7] == month, "the tax point stays"
    assert booked["period"] == memo.period == case.booked("customerRefund")[0]["period"]


async def test_a_difference_in_the_erps_arithmetic_is_told_not_hidden(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    await case.received()
    sandbox.control.post("/netsuite/skew", json={"delta": "0.03", "times": 1, "order_id": case.number})
    preview = await erp.preview_credit(case.credit)
    assert [(each.where, each.theirs - each.ours) for each in differences(case.lines, preview.lines)] == [
        (f"{case.line_id} tax DE19", 3)
    ]
    assert preview.total.minor == case.quote.total.minor + 3


async def test_a_memo_in_a_later_period_keeps_the_tax_point_it_was_to_have(sandbox: Sandbox, erp: Erp) -> None:
    case = Case(sandbox, erp)
    await case.received()
    was_due = date.fromisoformat(case.booked("itemReceipt")[0]["tranDate"])
    with _closed(sandbox, was_due.isoformat()[:7]):
        await erp.post_credit(replace(case.credit, period="next_open", tax_point=was_due - timedelta(days=3)))
    assert case.booked("creditMemo")[0]["tax_point"] == (was_due - timedelta(days=3)).isoformat()


def on_account(case: Case, memo: ErpCredit, account: AccountCredit) -> Settle:
    """The settlement of a credit of which the shop paid nothing."""
    asked = case.settlement(memo, account=account, invoice=case.invoice.invoice_id)
    return replace(asked, payout=replace(asked.payout, tenders=(), on_account=memo.total))


async def _posted(erp: Erp, ask: CreditAsk, case: Case) -> ErpCredit:
    await erp.authorize(case.quote.document)
    return await erp.post_credit(ask)


@contextlib.contextmanager
def _closed(sandbox: Sandbox, month: str) -> Iterator[None]:
    sandbox.control.post("/netsuite/periods", json={"period": month, "closed": True}).raise_for_status()
    try:
        yield
    finally:
        sandbox.control.post("/netsuite/periods", json={"period": month, "closed": False}).raise_for_status()
