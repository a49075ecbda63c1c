"""How the lines of an invoice were sold: what a policy needs to know and the posted invoice alone does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Price:
    """Net and taxes by tax code, in minor units."""

    net: int
    taxes: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.net + sum(self.taxes.values())

    def __add__(self, other: Price) -> Price:
        codes = {**self.taxes, **other.taxes}
        return Price(self.net + other.net, {code: self.taxes.get(code, 0) + other.taxes.get(code, 0) for code in codes})

    def __neg__(self) -> Price:
        return Price(-self.net, {code: -tax for code, tax in self.taxes.items()})

    def __sub__(self, other: Price) -> Price:
        return self + -other

    @property
    def parts(self) -> dict[str, int]:
        """Every component by its tax code, the net amount under ''."""
        return {"": self.net, **self.taxes}


def priced(parts: Mapping[str, int]) -> Price:
    """The inverse of Price.parts."""
    return Price(parts[""], {code: tax for code, tax in parts.items() if code})


@dataclass(frozen=True, slots=True)
class LineTerms:
    """Every amount is for the whole line, all its units.

    `bundle` is a label shared by the components of one bundle sold, `per_bundle` how many units of this one make a
    bundle. `stand_alone` is the price without the bundle, but with the line's share of the order promotion taken off;
    `undiscounted` the price as posted without that share: both corrections may be made at once. `spend` is what the
    line counts towards a minimum spend: as displayed, before the order promotion.
    """

    bundle: str | None = None
    per_bundle: int = 1
    stand_alone: Price | None = None
    undiscounted: Price | None = None
    spend: int = 0


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """The terms of one invoice. `tax_rates` maps a tax code to its percentage as a decimal string; the codes in
    `compound` are computed on the net amount and the taxes before them. `return_shipping_codes` tax the fee for return
    shipping; None: as the goods it comes with. A rate nobody told is taken from what was posted."""

    lines: dict[str, LineTerms] = field(default_factory=dict)
    minimum_spend: int | None = None
    tax_rates: dict[str, str] = field(default_factory=dict)
    standard_shipping: Price | None = None
    compound: tuple[str, ...] = ()
    return_shipping_codes: tuple[str, ...] | None = None

    def line(self, line_id: str) -> LineTerms:
        return self.lines.get(line_id, LineTerms())
