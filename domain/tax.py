"""Taxes on an amount: on top of a net one, or inside a gross one; several at once, also one on top of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from domain.allocation import allocate
from domain.money import half_up


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of the net amount (20 % is 1/5); a `compound` tax is taken on the net amount and the taxes before it."""

    part: Fraction
    compound: bool = False


def rate(percent: str, compound: bool = False) -> Rate:
    """'8.875' -> 71/800."""
    return Rate(Fraction(percent) / 100, compound)


def rounded(amount: Fraction) -> int:
    return half_up(amount.numerator, amount.denominator)


def on_top(net: int, rates: Mapping[str, Rate], before: int = 0) -> dict[str, int]:
    """What each tax adds to `net`: every one rounded half up by itself, in the order given, after taxes of `before`."""
    taxes: dict[str, int] = {}
    for code, tax in rates.items():
        base = net + before + sum(taxes.values()) if tax.compound else net
        taxes[code] = rounded(base * tax.part)
    return taxes


def inside(gross: int, rates: Mapping[str, Rate]) -> dict[str, int]:
    """What of `gross` is tax: the sum is rounded half up once, then given out to the codes by largest remainder."""
    parts = list(effective(rates).values())
    whole = sum(parts, Fraction(0))
    return dict(zip(rates, allocate(rounded(gross * whole / (1 + whole)), parts), strict=True))


def effective(rates: Mapping[str, Rate]) -> dict[str, Fraction]:
    """Each tax as a part of the net amount, those on top of others included."""
    parts: dict[str, Fraction] = {}
    for code, tax in rates.items():
        below = 1 + sum(parts.values(), Fraction(0)) if tax.compound else 1
        parts[code] = tax.part * below
    return parts


def posted_rate(taxes: int, net: int) -> Rate:
    """What a posted tax is of the net amount it was posted beside; nothing where there is no such amount."""
    return Rate(Fraction(taxes, net) if net > 0 else Fraction(0))
