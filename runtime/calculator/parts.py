"""A document taken apart: each part is read by itself, so that a fault in one does not hide those in the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import StrictBool

from domain import money, tax
from domain.errors import BadInput
from domain.tax import Rate
from runtime.calculator import document as d
from runtime.calculator.problems import Problems, Step, salvaged
from runtime.inputs import Name

_KNOWN = (
    "currency", "prices_include_tax", "lines", "order_discount", "order_taxes", "shipping", "tenders", "tax_rates",
    "policies", "returns", "base",
)  # fmt: skip
# What a currency that is not known has: enough for its amounts to be read, and its own fault told.
_UNKNOWN_PLACES = 4
PRO_RATA = "pro_rata"


# What stands for a field that cannot be read, where the rest of its object is looked at for further problems: as many
# units sold as there can be, none of their value asked back.
_LINE = {"quantity": 1_000_000}
_RETURN_LINE = {"quantity": 1, "value_fraction": "0"}
_TENDER = {"captured": "0"}


@dataclass(frozen=True, slots=True)
class Returned:
    """`lines` keeps the places of those that could not be read, as None."""

    id: str | None
    lines: tuple[d.ReturnLine | None, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """A None in a list is one that could not be read at all; `faulty` are the places of lines that were read in part.
    `named`: every line's name is known, and those of its components. `tax_rates` is None when nothing is known of them,
    a rate when it cannot be read; `tender_order` is None when tenders are taken as they stand."""

    currency: str
    inclusive: bool
    lines: tuple[d.Line | None, ...]
    faulty: frozenset[int]
    named: bool
    order_discount: d.OrderDiscount
    order_taxes: dict[str, int]
    shipping: d.ShippingCharge | None
    tenders: tuple[d.Tender | None, ...]
    tax_rates: dict[str, d.Compound | None] | None
    policies: d.Policies
    tender_order: tuple[str, ...] | str | None
    returns: tuple[Returned, ...]
    base: d.Base | None

    def rates(self) -> dict[str, Rate]:
        """The tax rates that could be read."""
        given = (self.tax_rates or {}).items()
        return {code: tax.rate(one.rate, one.compound) for code, one in given if one is not None}

    def unknown(self, code: str) -> bool:
        """No rate is told for this tax."""
        return self.tax_rates is not None and code not in self.tax_rates


class _Reader:
    def __init__(self, raw: Mapping[str, Any], problems: Problems) -> None:
        self.raw, self.problems = raw, problems
        self.currency = self._currency(raw.get("currency"), "currency") if "currency" in raw else ""
        self.context = _context(self.currency)

    def _currency(self, value: Any, *steps: Step) -> str:
        try:
            money.exponent(value if isinstance(value, str) else "")
        except BadInput:
            self.problems.add("must be the ISO 4217 code of a currency, such as EUR", *steps)
            return ""
        return str(value)

    def read(self, kind: Any, value: Any, *steps: Step) -> Any:
        return self.problems.read(kind, value, self.context, *steps)

    def partly(self, kind: Any, value: Any, instead: Mapping[str, Any], *steps: Step) -> Any:
        """As `read`, but what is sound of a faulty object is answered too."""
        found = self.read(kind, value, *steps)
        return salvaged(kind, value, self.context, instead) if found is None else found

    def lines(self) -> tuple[tuple[d.Line | None, ...], frozenset[int], bool]:
        given = self.several("lines")
        lines, faulty, named = [], set(), bool(given)
        for place, value in enumerate(given):
            line = self.read(d.Line, value, "lines", place)
            if line is None:
                faulty.add(place)
                line = salvaged(d.Line, value, self.context, _LINE)
                named = named and line is not None and (line.bundle is not None or value.get("bundle") is None)
            lines.append(line)
        return tuple(lines), frozenset(faulty), named

    def part(self, kind: Any, name: str, absent: Any) -> Any:
        """A whole part by its name; `absent` when it is not there, null or cannot be read."""
        value = self.raw.get(name)
        found = self.read(kind, value, name) if value is not None else None
        return absent if found is None else found

    def several(self, name: str) -> list[Any]:
        return self.list(self.raw.get(name), name)

    def list(self, value: Any, *steps: Step) -> list[Any]:
        if value is not None and not isinstance(value, list):
            self.problems.add("must be a list", *steps)
            return []
        return value or []

    def rates(self) -> dict[str, d.Compound | None] | None:
        found: dict[str, d.Compound | None] = {}
        given = self.raw.get("tax_rates")
        if given is not None and not isinstance(given, dict):
            self.problems.add('must be an object such as {"VAT20": "20"}', "tax_rates")
            return None
        for code, value in (given or {}).items():
            self.read(Name, code, "tax_rates", code)
            if isinstance(value, dict):
                found[code] = self.read(d.Compound, value, "tax_rates", code)
            else:
                percent = self.read(d.Percent, value, "tax_rates", code)
                found[code] = d.Compound(rate=percent) if percent is not None else None
        return found

    def policies(self) -> tuple[d.Policies, tuple[str, ...] | str | None]:
        given = self.raw.get("policies")
        if not isinstance(given, dict):
            return self.part(d.Policies, "policies", d.Policies()), None
        rest = {name: value for name, value in given.items() if name != "tender_order"}
        policies = self.read(d.Policies, rest, "policies") or d.Policies()
        order = given.get("tender_order")
        if order is None or order == PRO_RATA:
            return policies, order
        if isinstance(order, str):
            self.problems.add('must be "pro_rata" or a list of tenders', "policies", "tender_order")
            return policies, None
        named = self.list(order, "policies", "tender_order")
        return policies, tuple(
            self.read(Name, name, "policies", "tender_order", place) or "" for place, name in enumerate(named)
        )

    def returns(self) -> tuple[Returned, ...]:
        found = []
        for place, value in enumerate(self.several("returns")):
            if not isinstance(value, dict):
                self.problems.add("must be an object with id and lines", "returns", place)
                continue
            for name in (name for name in value if name not in ("id", "lines")):
                self.problems.add("is not a known field", "returns", place, name)
            return_id = self._needed(value, "id", "returns", place)
            if return_id is not None:
                return_id = self.read(Name, return_id, "returns", place, "id")
            given = self._needed(value, "lines", "returns", place)
            lines = self.list(given, "returns", place, "lines")
            if given == []:
                self.problems.add("names no line; give at least one", "returns", place, "lines")
            read = [
                self.partly(d.ReturnLine, line, _RETURN_LINE, "returns", place, "lines", at)
                for at, line in enumerate(lines)
            ]
            found.append(Returned(return_id, tuple(read)))
        return tuple(found)

    def _needed(self, value: Mapping[str, Any], name: str, *steps: Step) -> Any:
        if value.get(name) is None:
            self.problems.add("is missing", *steps, name)
        return value.get(name)

    def base(self) -> d.Base | None:
        given = self.raw.get("base")
        if not isinstance(given, dict):
            self.part(d.Base, "base", None)
            return None
        code = given.get("currency")
        currency = self._currency(code, "base", "currency") if isinstance(code, str) else ""
        found: d.Base | None = self.problems.read(d.Base, given, _context(currency), "base")
        if found is not None and found.rate is None and found.total is None:
            self.problems.add("is missing, and so is total; give one of them", "base", "rate")
        return found


def take_apart(raw: Any, problems: Problems) -> Parts:
    """Every part that can be read; what cannot is told to `problems`."""
    if not isinstance(raw, dict):
        problems.add("must be a JSON object with currency, lines and returns")
        problems.check()
    for name in (name for name in raw if name not in _KNOWN):
        problems.add("is not a known field", name)
    for name in ("currency", "lines"):
        if raw.get(name) is None:
            problems.add("is missing", name)
    reader = _Reader({name: value for name, value in raw.items() if value is not None}, problems)
    if raw.get("lines") == []:
        problems.add("names no line; give at least one", "lines")
    policies, tender_order = reader.policies()
    return Parts(
        reader.currency,
        reader.part(StrictBool, "prices_include_tax", False),
        *reader.lines(),
        reader.part(d.OrderDiscount, "order_discount", d.OrderDiscount()),
        reader.part(dict[Name, d.Amount], "order_taxes", {}),
        reader.part(d.ShippingCharge, "shipping", None),
        tuple(
            reader.read(d.Tender, tender, "tenders", place) for place, tender in enumerate(reader.several("tenders"))
        ),
        reader.rates(),
        policies,
        tender_order,
        reader.returns(),
        reader.base(),
    )


def _context(currency: str) -> dict[str, Any]:
    """What the fields of the document need to know."""
    if not currency:
        return {"places": _UNKNOWN_PLACES, "currency": "a currency"}
    return {"places": money.exponent(currency), "currency": currency}
