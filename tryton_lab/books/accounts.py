"""The chart of accounts, fiscal years with their number sequences, and the ways customers pay."""

from __future__ import annotations

import datetime
from typing import Any

from tryton_lab.rpc import Tryton

CARD, GIFT_CARD, STORE_CREDIT = "Card", "Gift card", "Store credit"
# Accounts of Tryton's own Universal Chart, by their codes.
REVENUE = "4.1.1"
TAXES_OWED = "2.2.3"
_EXPENSE = "5.1.1"
_RECEIVABLE = "1.2.1"
_PAYABLE = "2.1.1"
_EXCHANGE = "6.2.1"
_PAID_INTO = {CARD: "1.1.1", GIFT_CARD: "2.2.2", STORE_CREDIT: "2.2.2"}


def write(tryton: Tryton, years: tuple[int, ...]) -> None:
    company = tryton.id("company.company")
    _chart(tryton, company)
    for year in years:
        _fiscal_year(tryton, company, year)
    journal = tryton.id("account.journal", ["type", "=", "cash"])
    for method, code in _PAID_INTO.items():
        account = find(tryton, code)
        values = {"name": method, "journal": journal, "credit_account": account, "debit_account": account}
        tryton.create("account.invoice.payment.method", values | {"company": company})


def find(tryton: Tryton, code: str) -> int:
    return tryton.id("account.account", ["code", "=", code])


def _chart(tryton: Tryton, company: int) -> None:
    root = tryton.id("account.account.template", ["parent", "=", None])
    chosen = {"account": {"company": company, "account_template": root}}
    with tryton.wizard("account.create_chart") as chart:
        chart.press("account", {})
        chart.press("create_account", chosen)
        properties = {
            "company": company,
            "account_receivable": find(tryton, _RECEIVABLE),
            "account_payable": find(tryton, _PAYABLE),
            "category_account_revenue": find(tryton, REVENUE),
            "category_account_expense": find(tryton, _EXPENSE),
        }
        chart.press("create_properties", {"properties": properties})
    exchange = find(tryton, _EXCHANGE)
    settings = {"currency_exchange_credit_account": exchange, "currency_exchange_debit_account": exchange}
    tryton.call("account.configuration.write", [1], settings)


def _fiscal_year(tryton: Tryton, company: int, year: int) -> None:
    """With one period a month, and numbers without gaps as the law wants them."""

    def sequence(name: str, kind: str, prefix: str) -> int:
        values: dict[str, Any] = {"name": f"{name} {year}", "company": company, "prefix": f"{prefix}-{year}-"}
        values["sequence_type"] = tryton.id("ir.sequence.type", ["name", "=", kind])
        (made,) = tryton.create("ir.sequence.strict", values)
        return made

    numbers = {
        "company": company,
        "out_invoice_sequence": sequence("Invoice", "Invoice", "INV"),
        "out_credit_note_sequence": sequence("Credit note", "Invoice", "CN"),
        "in_invoice_sequence": sequence("Supplier invoice", "Invoice", "SI"),
        "in_credit_note_sequence": sequence("Supplier credit note", "Invoice", "SCN"),
    }
    values = {
        "name": str(year),
        "company": company,
        "start_date": datetime.date(year, 1, 1),
        "end_date": datetime.date(year, 12, 31),
        "move_sequence": sequence("Move", "Account Move", "M"),
        "invoice_sequences": [["create", [numbers]]],
    }
    (made,) = tryton.create("account.fiscalyear", values)
    with tryton.wizard("account.fiscalyear.create_periods", model="account.fiscalyear", records=[made]) as periods:
        periods.press("create_periods", {"start": {"frequency": "monthly", "interval": 1, "end_day": 31}})
