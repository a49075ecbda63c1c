"""From our credit lines to rows of a credit note, so that Tryton's own multiplication comes out at our amounts.

Tryton knows no amount of a line, only quantity times unit price, rounded. Where no unit price of the allowed decimals
gives the amount, the line becomes two rows: all units but one, and the last one with what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from adapters.erp.tryton import marks
from adapters.erp.tryton.client import Record
from adapters.erp.tryton.values import amount
from domain.allocation import allocate
from domain.money import exponent
from domain.refund import CreditLine


@dataclass(frozen=True, slots=True)
class Source:
    """What a row takes from the invoice's line, or from the service product of a charge. `taxes` are ids; None for a
    charge, whose taxes are those of its amounts."""

    product: int | None
    unit: int | None
    account: int
    description: str
    taxes: tuple[int, ...] | None
    taxes_date: date | None
    origin: str | None


def rows(lines: Iterable[CreditLine], sources: Mapping[str, Source], taxes: Mapping[str, Record], digits: int,
         currency: str) -> list[Record]:  # fmt: skip
    """The rows of a credit note in `currency`; unit prices have at most `digits` decimals."""
    made: list[Record] = []
    for line in lines:
        source = sources[line.line_id]
        for part, applied in [(line, source.taxes)] if source.taxes is not None else _by_tax(line, taxes):
            common: Record = {
                "type": "line", "product": source.product, "unit": source.unit, "account": source.account,
                "description": source.description, "taxes": [["add", list(applied)]], "origin": source.origin,
                "taxes_date": source.taxes_date,
            }  # fmt: skip
            made += [common | row for row in _priced(part, digits, currency)]
    return made


def same(row: Record, line: Record) -> bool:
    """Is this row what the credit note has as `line` already."""
    return all(row[name] == line[name] for name in ("note", "quantity", "unit_price", "product", "origin"))


def _priced(line: CreditLine, digits: int, currency: str) -> list[Record]:
    """Quantities and unit prices: negative quantities give back, a positive one is charged."""
    sign, count = (-1.0, max(line.quantity, 1)) if line.net >= 0 else (1.0, 1)
    whole = amount(abs(line.net), currency)
    taxes = {code: amount(tax, currency) for code, tax in line.taxes.items()}
    cents, step = Decimal(1).scaleb(-exponent(currency)), Decimal(1).scaleb(-digits)
    price = (whole / count).quantize(step, ROUND_HALF_EVEN)
    if (price * count).quantize(cents, ROUND_HALF_EVEN) == whole:
        note = marks.write(line.line_id, line.quantity, taxes)
        return [{"quantity": sign * count, "unit_price": price, "note": note}]
    price = (whole / count).quantize(step, ROUND_DOWN)  # so that the last unit is never worth less than nothing
    most = (price * (count - 1)).quantize(cents, ROUND_HALF_EVEN)
    return [
        {
            "quantity": sign * (count - 1), "unit_price": price,
            "note": marks.write(line.line_id, line.quantity - 1, taxes),
        },
        {"quantity": sign, "unit_price": whole - most, "note": marks.write(line.line_id, 1, {})},
    ]  # fmt: skip


def _by_tax(line: CreditLine, taxes: Mapping[str, Record]) -> list[tuple[CreditLine, tuple[int, ...]]]:
    """A charge over goods of several taxes has each tax on its own part of the net: a row each, by what the tax is
    worth. Taxes that are all worth the whole net lie on the same."""
    sign = -1 if line.net < 0 else 1
    net, rates = abs(line.net), {code: taxes[code]["rate"] or Decimal(0) for code in line.taxes}
    worth = {code: int(abs(tax) / rates[code]) for code, tax in line.taxes.items() if rates[code]}
    untaxed = [code for code in line.taxes if not rates[code]]
    # A tax is rounded to the cent: what it is worth is known to within half a cent by its rate.
    doubt = sum(int(1 / rates[code]) + 1 for code in worth)
    together = not untaxed and all(abs(each - net) <= doubt for each in worth.values())
    if not worth or together or sum(worth.values()) > net + doubt:
        return [(line, tuple(int(taxes[code]["id"]) for code in sorted(line.taxes)))]
    rest = max(net - sum(worth.values()), 0)
    over = [*worth.values(), rest if rest > doubt or untaxed else 0]
    *parts, left = allocate(net, over)
    split: list[tuple[CreditLine, tuple[int, ...]]] = [
        (CreditLine(line.line_id, 0, sign * part, {code: line.taxes[code]}), (int(taxes[code]["id"]),))
        for code, part in zip(worth, parts, strict=True)
    ]
    if left or untaxed:
        applied = tuple(int(taxes[code]["id"]) for code in untaxed)
        split.append((CreditLine(line.line_id, 0, sign * left, dict.fromkeys(untaxed, 0)), applied))
    return split
