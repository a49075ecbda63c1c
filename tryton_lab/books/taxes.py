"""Sales taxes: one record per code of the storefront, with a tax code for each kind of document it is posted on."""

from __future__ import annotations

from decimal import Decimal

from tryton_lab.books import accounts
from tryton_lab.rpc import Tryton

KNOWN = {"VAT20": "20", "VAT7": "7"}
"""Code and percent of what is there from the start; any other comes with the first order that has it."""


def ensure(tryton: Tryton, code: str, percent: str) -> int:
    """The tax named `code`. Raises ValueError when it is there with another rate: taxes never change theirs."""
    rate = Decimal(percent) / 100
    found = tryton.find("account.tax", ["name", "=", code], fields=("id", "rate"))
    if not found:
        return _create(tryton, code, rate)
    if found[0]["rate"] != rate:
        raise ValueError(f"tax {code} is {found[0]['rate'] * 100:f} percent in these books, not {percent}")
    known: int = found[0]["id"]
    return known


def _create(tryton: Tryton, code: str, rate: Decimal) -> int:
    owed = accounts.find(tryton, accounts.TAXES_OWED)
    company = tryton.id("company.company")
    values = {"name": code, "description": code, "type": "percentage", "rate": rate, "company": company}
    (tax,) = tryton.create("account.tax", values | {"invoice_account": owed, "credit_note_account": owed})
    tryton.create(
        "account.tax.code",
        *(
            {
                "name": f"{code} {document} {amount}",
                "code": f"{code}-{amount[0].upper()}-{document[:3].upper()}",
                "company": company,
                "lines": [["create", [{"tax": tax, "operator": "+", "amount": amount, "type": document}]]],
            }
            for document in ("invoice", "credit")
            for amount in ("base", "tax")
        ),
    )
    return tax
