"""Exchange rates into the currency of the account's books, as they are today; what was posted keeps its own."""

from fractions import Fraction

from sandbox.money import exponent, half_up
from sandbox.netsuite.amounts import to_rate
from sandbox.netsuite.desk import BASE_CURRENCY, Desk, Doc
from sandbox.netsuite.errors import invalid_content

BASE = BASE_CURRENCY
_KIND = "netsuite.rate"
_AT_FIRST = {"CHF": "1.05", "GBP": "1.15", "JPY": "0.006", "KWD": "2.8", "USD": "0.9"}


def today(desk: Desk, currency: str) -> str:
    """What one unit of a currency is worth today, as a decimal string; 1 for one nobody has priced."""
    known = desk.books.get(_KIND, currency)
    return "1" if currency == BASE else str(known["rate"]) if known else _AT_FIRST.get(currency, "1")


def set_today(desk: Desk, wish: Doc) -> Doc:
    """{"currency": "USD", "rate": "0.9"}."""
    currency, rate = wish.get("currency"), wish.get("rate")
    if not isinstance(currency, str) or currency == BASE or not isinstance(rate, str):
        raise invalid_content('Name a foreign currency and its rate as a decimal string such as "0.9".', "rate")
    desk.books.put(_KIND, currency, {"currency": currency, "rate": to_rate(rate, "rate")})
    return {"currency": currency, "rate": rate}


def in_base(minor: int, currency: str, rate: str) -> int:
    """A document's total in the books' currency, rounded once."""
    return half_up(Fraction(minor) * Fraction(rate) * 10 ** exponent(BASE) / 10 ** exponent(currency))
