"""NetSuite's books on one invoice: every credit memo against it, ours and others', line by line and tax by tax."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.erp.netsuite import NetSuite
from adapters.erp.netsuite.client import NetSuiteClient
from adapters.errors import Permanent
from domain.books import PostedCredit
from domain.invoice import SHIPPING_LINE
from domain.money import Money
from domain.refund import CreditLine
from tests.adapters.netsuite_case import Case, credit, settings
from tests.stack.netsuite import Account
from tests.stack.sandbox import Sandbox


@pytest.fixture
async def erp(sandbox: Sandbox) -> AsyncIterator[NetSuite]:
    erp = NetSuite(settings(sandbox))
    yield erp
    await erp.close()


@pytest.fixture
def clerk(sandbox: Sandbox) -> Iterator[Account]:
    """Somebody who works in the ERP itself, past us."""
    account = Account(sandbox)
    account.login()
    yield account
    account.http.close()


async def posted(case: Case, erp: NetSuite) -> PostedCredit:
    await case.received()
    await erp.post_credit(case.credit)
    (memo,) = await erp.credits(case.invoice)
    return memo


async def test_our_own_memo_is_read_back_with_its_return(sandbox: Sandbox, erp: NetSuite) -> None:
    case = Case(sandbox, erp, units=2)
    memo = await posted(case, erp)
    assert (memo.holder, memo.lines, memo.total) == (case.return_id, case.lines, case.quote.total)
    assert memo.open == memo.total
    assert memo.number.startswith("CM")


async def test_what_was_refunded_is_not_open_any_more(sandbox: Sandbox, erp: NetSuite) -> None:
    case = Case(sandbox, erp)
    await case.received()
    memo = await erp.post_credit(case.credit)
    await erp.settle(case.settlement(memo))
    (after,) = await erp.credits(case.invoice)
    assert after.open == Money(0, "EUR")


async def test_a_memo_made_by_hand_from_the_invoice_names_our_lines(
    sandbox: Sandbox, erp: NetSuite, clerk: Account
) -> None:
    case = Case(sandbox, erp)
    invoice = await erp.invoice(str(case.number))
    body = {"item": {"items": [{"orderLine": 1, "quantity": 1}]}, "shippingCost": 4.90}
    document = clerk.made(f"invoice/{invoice.invoice_id}", "creditMemo", body, replace=True)
    (memo,) = await erp.credits(invoice)
    assert (memo.document, memo.key, memo.holder) == (document, "", f"erp:{document}")
    assert memo.lines == (credit(invoice, case.line_id, 1), CreditLine(SHIPPING_LINE, 1, 490, {"DE19": 93}))


async def test_a_memo_that_does_not_name_its_order_is_found_by_what_it_was_made_of(
    sandbox: Sandbox, erp: NetSuite, clerk: Account
) -> None:
    case = Case(sandbox, erp)
    await case.received()
    anonymous: dict[str, Any] = {"custbody_storefront_order": ""}
    one = clerk.made(f"returnAuthorization/{case.quote.document}", "creditMemo", anonymous)
    line = {"item": {"items": [{"orderLine": 1, "quantity": 1, "custcol_storefront_line": ""}]}}
    two = clerk.made(f"invoice/{case.invoice.invoice_id}", "creditMemo", anonymous | line, replace=True)
    memos = await erp.credits(case.invoice)
    assert [memo.document for memo in memos] == [one, two]
    assert {memo.lines[0].line_id for memo in memos} == {case.line_id}


async def test_memos_of_other_orders_and_deleted_ones_are_not_there(
    sandbox: Sandbox, erp: NetSuite, clerk: Account
) -> None:
    await posted(Case(sandbox, erp), erp)
    other = Case(sandbox, erp)
    invoice = await erp.invoice(str(other.number))
    assert await erp.credits(invoice) == ()
    body = {"item": {"items": [{"orderLine": 1, "quantity": 1}]}}
    document = clerk.made(f"invoice/{invoice.invoice_id}", "creditMemo", body, replace=True)
    clerk.http.delete(f"/services/rest/record/v1/creditMemo/{document}").raise_for_status()
    assert await erp.credits(invoice) == ()


async def test_a_voided_memo_takes_nothing(sandbox: Sandbox, erp: NetSuite, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(sandbox, erp)
    await posted(case, erp)
    get = NetSuiteClient.get

    async def voided(client: NetSuiteClient, kind: str, ref: str) -> dict[str, Any]:
        return await get(client, kind, ref) | {"status": {"id": "V", "refName": "Voided"}}

    # The sandbox has no voiding; NetSuite keeps such a memo with this state.
    monkeypatch.setattr(NetSuiteClient, "get", voided)
    assert await erp.credits(case.invoice) == ()


async def test_a_memo_in_another_currency_is_for_people(sandbox: Sandbox, erp: NetSuite) -> None:
    case = Case(sandbox, erp)
    await posted(case, erp)
    with pytest.raises(Permanent, match=r"is in EUR, invoice .* in USD"):
        await erp.credits(replace(case.invoice, currency="USD"))
