"""Money as Shopify writes it: decimal strings that keep one decimal at least ("15.0"), in bags of two currencies."""

from decimal import Decimal, InvalidOperation
from typing import Any

from graphql import GraphQLError

from sandbox.money import decimal, exponent, minor, text


def written(amount: int, currency: str) -> str:
    """1500 EUR -> "15.0", 999 EUR -> "9.99", 1000 JPY -> "1000.0"."""
    plain = f"{decimal(amount, currency):f}"
    whole, _, part = plain.partition(".")
    return f"{whole}.{part.rstrip('0') or '0'}"


def money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": written(amount, currency), "currencyCode": currency}


def bag(amount: int, currency: str) -> dict[str, Any]:
    """The sandbox's shop sells in the order's own currency, so both sides of the bag are the same."""
    one = money(amount, currency)
    return {"presentmentMoney": one, "shopMoney": one}


def sign(amount: int, currency: str) -> str:
    """As the recorded messages print it: "$25.00"."""
    return f"${text(amount, currency)}" if currency == "USD" else f"{text(amount, currency)} {currency}"


def read(value: Any, currency: str) -> int:
    """Whole minor units of a Decimal or Money input in `currency`; more decimals than it has are refused."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number.scaleb(exponent(currency)) % 1:
        raise GraphQLError(f"{value!r} is not an amount of {currency}", extensions={"code": "INVALID_VARIABLE"})
    return minor(str(number), currency)
