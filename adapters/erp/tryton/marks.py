"""What we write into the note of a line, and read there: whose line it is, and how its credit is made up.

Tryton keeps taxes per document and not per line, a credit by value without units as a quantity like any other, and
has no field for the storefront's line id. The note is the one field of a line that it leaves alone and copies along.

    line:70011          the storefront's line, on the order, the invoice and the credit
    units:2             on a credit: units given back by this row
    tax DE19:3.80       on a credit: this row's share of the document's tax
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

_LINE, _UNITS, _TAX = "line", "units", "tax "


@dataclass(frozen=True, slots=True)
class Mark:
    """`units` is None on what we did not write ourselves: then Tryton's quantity counts."""

    line_id: str = ""
    units: int | None = None
    taxes: dict[str, Decimal] = field(default_factory=dict)


def write(line_id: str, units: int | None = None, taxes: Mapping[str, Decimal] | None = None) -> str:
    rows = [f"{_LINE}:{line_id}"]
    rows += [] if units is None else [f"{_UNITS}:{units}"]
    rows += [f"{_TAX}{code}:{format(tax, 'f')}" for code, tax in sorted((taxes or {}).items())]
    return "\n".join(rows)


def read(note: str | None) -> Mark:
    """What is not ours is passed over: people write notes too."""
    line_id, units, taxes = "", None, {}
    for row in (note or "").splitlines():
        name, colon, value = row.rpartition(":")
        if not colon:
            continue
        if name == _UNITS and value.isdecimal():
            units = int(value)
        elif name.startswith(_TAX):
            try:
                taxes[name.removeprefix(_TAX)] = Decimal(value)
            except InvalidOperation:
                continue
        elif row.startswith(f"{_LINE}:"):
            line_id = row.removeprefix(f"{_LINE}:")
    return Mark(line_id, units, taxes)
