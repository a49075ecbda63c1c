"""What the returns of a document ask for, held against what was sold and what the returns before left of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from domain.reckoning import Asked
from domain.units import FULL_VALUE
from runtime.calculator import document as d
from runtime.calculator.goods import component_id
from runtime.calculator.parts import Parts, Returned
from runtime.calculator.problems import Problems


def asked(parts: Parts, problems: Problems) -> list[tuple[Asked, ...]]:
    """For each return what it asks of which posted lines. Units count by their value: what an inspection did not credit
    may be asked for by a later return, on appeal."""
    units = _units(parts)
    left = {line_id: sold * FULL_VALUE for line_id, sold in _sold(parts).items()}
    seen: set[str] = set()
    found = []
    for place, given in enumerate(parts.returns):
        if given.id is not None and given.id in seen:
            problems.add("names a return that another one names already", "returns", place, "id")
        seen.add(given.id or "")
        found.append(tuple(_asks(parts, place, given, units, left, problems)))
    return found


def _asks(
    parts: Parts,
    place: int,
    given: Returned,
    units: dict[str, dict[str, int]],
    left: dict[str, int],
    problems: Problems,
) -> Iterator[Asked]:
    named: dict[str, str] = {}
    for at, line in enumerate(given.lines):
        if line is None:
            continue
        where = ("returns", place, "lines", at)
        if line.line not in units:
            if parts.named:
                problems.add("is not a line of the invoice", *where, "line")
            continue
        for line_id, per_unit in units[line.line].items():
            if line_id in named:
                before = "twice" if named[line_id] == line.line else f"already with {named[line_id]}"
                problems.add(f"is returned {before} in one return; add the quantities up", *where, "line")
                continue
            named[line_id] = line.line
            count = line.quantity * per_unit
            value = count * line.value_fraction
            if value > left[line_id]:
                much = f"{_decimal(left[line_id])} of {line_id}"
                problems.add(f"is more than is left to return: {much}, by value", *where, "quantity")
                continue
            left[line_id] -= value
            yield Asked(line_id, count, value)


def _units(parts: Parts) -> dict[str, dict[str, int]]:
    """How many units of which posted lines one unit of a line is: a bundle stands for its components."""
    found: dict[str, dict[str, int]] = {}
    for line, components in _lines(parts):
        found[line.id] = {component_id(line.id, one.id): one.quantity for one in components} or {line.id: 1}
        found |= {component_id(line.id, one.id): {component_id(line.id, one.id): 1} for one in components}
    return found


def _sold(parts: Parts) -> dict[str, int]:
    found = {}
    for line, components in _lines(parts):
        found[line.id] = line.quantity
        found |= {component_id(line.id, one.id): line.quantity * one.quantity for one in components}
    return found


def _lines(parts: Parts) -> Iterator[tuple[d.Line, list[d.Component]]]:
    for line in parts.lines:
        if line is not None:
            yield line, line.bundle.components if line.bundle is not None else []


def _decimal(value: int) -> str:
    """Millionths of a unit as units: 500000 -> '0.5'."""
    whole = str(Decimal(value) / FULL_VALUE)
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
