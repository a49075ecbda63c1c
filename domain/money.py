"""Money: whole minor units of an ISO 4217 currency. No floats, no rounding; it does not convert between currencies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import BadInput

# ISO 4217 minor-unit exponents that differ from 2 (ISO 4217 table A.1).
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
# Fifteen digits before the point fit a 64-bit column in every currency.
_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]+))?")


def exponent(currency: str) -> int:
    """Decimals of a currency: 2 for EUR, 0 for JPY, 3 for KWD. Raises BadInput for what is no ISO 4217 code."""
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha() or not currency.isupper():
        raise BadInput("currency", f"{currency!r} is not an ISO 4217 code such as EUR")
    return _EXPONENTS.get(currency, 2)


def half_up(numerator: int, denominator: int) -> int:
    """numerator/denominator rounded half up, for numerator >= 0: rounding never depends on a sign (ERPNext #41343)."""
    if numerator < 0 or denominator <= 0:
        raise ValueError("half_up works on positive magnitudes; negate afterwards")
    return (2 * numerator + denominator) // (2 * denominator)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units (cents for EUR, yen for JPY) of one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def decimal(self) -> str:
        """The amount as a decimal string with the currency's number of decimals: '12.30', '333', '1.250'."""
        places = exponent(self.currency)
        sign, digits = "-" if self.minor < 0 else "", str(abs(self.minor)).rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise BadInput("currency", f"{other} cannot be reckoned with {self}: one document has one currency")
        return other


@dataclass(frozen=True, slots=True)
class Base:
    """A document's total in the currency its books are kept in, as posted. `rate` is a decimal string: what one unit
    of the document's currency is worth in that of the books."""

    total: Money
    rate: str


def zero(currency: str) -> Money:
    return Money(0, currency)


def parse(text: str, currency: str, field: str = "amount") -> Money:
    """'12.30', EUR -> Money(1230, 'EUR'). Raises BadInput naming `field` for more decimals than the currency has."""
    places = exponent(currency)
    found = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadInput(field, f"{text!r} is not an amount; write it as a decimal string such as '12.30'")
    sign, whole, fraction = found.groups(default="")
    if fraction[places:].strip("0"):
        raise BadInput(field, f"{text!r} has more decimals than {currency} allows ({places})")
    minor = int(whole + fraction[:places].ljust(places, "0"))
    return Money(-minor if sign else minor, currency)


def total(amounts: list[Money], currency: str) -> Money:
    return Money(sum(zero(currency)._same(amount).minor for amount in amounts), currency)
