"""Which fields, as an event header says it: hexadecimal bitmaps over places in the schema and in its compounds."""

from __future__ import annotations

from collections.abc import Iterable


def bitmaps(places: Iterable[tuple[int, int | None]]) -> list[str]:
    """[`0x06`] for the first two fields after the header, [`4-0x10`] for the fifth part of the compound at place 4."""
    plain: set[int] = set()
    nested: dict[int, set[int]] = {}
    for place, part in places:
        if part is None:
            plain.add(place)
        else:
            nested.setdefault(place, set()).add(part)
    told = [_hexadecimal(plain)] if plain else []
    return told + [f"{place}-{_hexadecimal(nested[place])}" for place in sorted(nested)]


def _hexadecimal(places: set[int]) -> str:
    """Bit 0 is the first field; whole bytes, in capitals."""
    number = sum(1 << place for place in places)
    width = 2 * (number.bit_length() + 7 >> 3)
    return f"0x{number:0{width}X}"
