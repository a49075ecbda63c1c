"""The company itself, the currencies it sells in, and the shop its orders come from."""

from __future__ import annotations

import datetime
from decimal import Decimal

from tryton_lab.rpc import Tryton

NAME = "Backhaul Lab"
SHOP = "Storefront"
# What one euro buys. Invented and constant: a test must give the same numbers every day.
_RATES = {"EUR": "1", "GBP": "0.85", "USD": "1.085", "JPY": "160", "KWD": "0.333"}
CURRENCIES = tuple(_RATES)
"""The company's own first."""
_DIGITS = {"JPY": 0, "KWD": 3}
_SINCE = datetime.date(2000, 1, 1)


def write(tryton: Tryton) -> None:
    currencies = tryton.create("currency.currency", *(_currency(code, rate) for code, rate in _RATES.items()))
    (party,) = tryton.create("party.party", {"name": NAME, "addresses": [["create", [{"city": "Berlin"}]]]})
    (company,) = tryton.create("company.company", {"party": party, "currency": currencies[0]})
    admin = tryton.id("res.user", ["login", "=", "admin"])
    tryton.call("res.user.write", [admin], {"companies": [["add", [company]]], "company": company})
    tryton.create("web.shop", {"name": SHOP, "company": company, "currency": currencies[0]})


def _currency(code: str, rate: str) -> dict[str, object]:
    digits = _DIGITS.get(code, 2)
    return {
        "name": code,
        "code": code,
        "digits": digits,
        "rounding": Decimal(1).scaleb(-digits),
        "rates": [["create", [{"date": _SINCE, "rate": Decimal(rate)}]]],
    }
