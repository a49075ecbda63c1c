"""A document's arithmetic: line amounts from rate and quantity, tax by rate, totals. Whole minor units throughout."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction

from sandbox.money import exponent, half_up
from sandbox.netsuite.desk import Doc
from sandbox.netsuite.errors import invalid_content


def currency_of(doc: Doc) -> str:
    return str(doc["currency"]["refName"])


def to_minor(value: object, currency: str, path: str) -> int:
    """A number of the wire in minor units; a number with too many decimals is rounded, as the vendor does."""
    return half_up(Fraction(_number(value, path)) * 10 ** exponent(currency))


def to_quantity(value: object, path: str) -> int:
    number = _number(value, path)
    if number != number.to_integral_value() or number < 0:
        raise invalid_content(f"Invalid quantity {value}.", path)
    return int(number)


def to_whole(value: object, path: str) -> int:
    """A quantity that may be negative."""
    number = _number(value, path)
    if number != number.to_integral_value():
        raise invalid_content(f"Invalid quantity {value}.", path)
    return int(number)


def to_rate(value: object, path: str) -> str:
    return format(_number(value, path), "f")


def by_rate(rate: str, quantity: int, currency: str) -> int:
    """rate x quantity, rounded once: what the vendor does when nobody tells it the amount."""
    return half_up(Fraction(Decimal(rate)) * quantity * 10 ** exponent(currency))


def net_of(gross: int, rates: list[str]) -> int:
    """What is left of a gross amount without the taxes in it."""
    share = 100 + sum((Fraction(Decimal(rate)) for rate in rates), Fraction(0))
    return half_up(Fraction(gross) * 100 / share)


def tax_on(net: int, rate: str) -> int:
    return half_up(Fraction(net) * Fraction(Decimal(rate)) / 100)


def total_up(doc: Doc) -> None:
    """Fill subtotal, taxTotal and total from lines, tax details and shipping."""
    doc["subtotal"] = sum(line["amount"] for line in doc["item"])
    doc["taxTotal"] = sum(tax["taxAmount"] for tax in doc["taxDetails"])
    doc["total"] = doc["subtotal"] + doc.get("shippingCost", 0) + doc["taxTotal"]
    taxes: dict[str, int] = {}
    for tax in doc["taxDetails"]:
        ref = tax["taxDetailsReference"]["id"]
        taxes[ref] = taxes.get(ref, 0) + tax["taxAmount"]
    for line in doc["item"]:
        line["grossAmt"] = line["amount"] + taxes.get(line["taxDetailsReference"], 0)


def _number(value: object, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise invalid_content(f"Invalid number {value!r}.", path)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise invalid_content(f"Invalid number {value!r}.", path) from None
    if not number.is_finite():
        raise invalid_content(f"Invalid number {value!r}.", path)
    return number
