"""Whole minor units of a currency and the decimal strings vendors write; nothing here is a float."""

from decimal import Decimal
from fractions import Fraction

_EXPONENTS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}


def exponent(currency: str) -> int:
    return _EXPONENTS.get(currency, 2)


def minor(text: str, currency: str) -> int:
    """ "9.99" EUR -> 999. More decimals than the currency has are rounded half away from zero."""
    return half_up(Fraction(Decimal(text)) * 10 ** exponent(currency))


def decimal(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-exponent(currency))


def text(amount: int, currency: str) -> str:
    """999 EUR -> "9.99", 1000 JPY -> "1000"."""
    return f"{decimal(amount, currency):.{exponent(currency)}f}"


def half_up(value: Fraction) -> int:
    """To the nearest whole unit; a half goes away from zero, so the sign never changes the magnitude."""
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude
