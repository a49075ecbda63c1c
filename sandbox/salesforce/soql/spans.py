"""Date literals: TODAY, LAST_WEEK, NEXT_N_DAYS:7 and their like, each a span of days in the org's time zone (UTC)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_UNITS = ("WEEK", "MONTH", "QUARTER", "YEAR")
_COUNTED = re.compile(r"(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR)S:(\d+)|N_DAYS_AGO:(\d+)")
_FIXED = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` on, up to but without `after`."""

    first: date
    after: date


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal as it stands in the query; `days` says which days it means when today is given."""

    name: str

    def days(self, today: date) -> Span:
        if self.name in _FIXED:
            first = today + timedelta(days=_FIXED[self.name])
            return Span(first, first + timedelta(days=1))
        if self.name in ("LAST_90_DAYS", "NEXT_90_DAYS"):
            return Literal(self.name.replace("90_DAYS", "N_DAYS:90")).days(today)
        if match := _COUNTED.fullmatch(self.name):
            return _counted(match, today)
        which, _, unit = self.name.partition("_")
        shift = {"LAST": -1, "THIS": 0, "NEXT": 1}[which]
        return Span(_start(unit, today, shift), _start(unit, today, shift + 1))


def literal(name: str) -> Literal | None:
    wanted = name.upper()
    relative = {f"{which}_{unit}" for which in ("LAST", "THIS", "NEXT") for unit in _UNITS}
    known = wanted in _FIXED or wanted in relative or wanted in ("LAST_90_DAYS", "NEXT_90_DAYS")
    return Literal(wanted) if known or _COUNTED.fullmatch(wanted) else None


def _counted(match: re.Match[str], today: date) -> Span:
    """LAST_N_DAYS ends with today included; the other counted spans leave the current unit out."""
    if match[4] is not None:
        first = today - timedelta(days=int(match[4]))
        return Span(first, first + timedelta(days=1))
    which, unit, many = match[1], match[2], int(match[3])
    tomorrow = today + timedelta(days=1)
    if unit == "DAY":
        if which == "LAST":
            return Span(today - timedelta(days=many), tomorrow)
        return Span(tomorrow, tomorrow + timedelta(days=many))
    if which == "LAST":
        return Span(_start(unit, today, -many), _start(unit, today, 0))
    return Span(_start(unit, today, 1), _start(unit, today, many + 1))


def _start(unit: str, today: date, shift: int) -> date:
    """The first day of the unit that lies `shift` units from today's; weeks begin on Sunday, as in the US locale."""
    if unit == "WEEK":
        return today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=shift)
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    begun = (today.year * 12 + today.month - 1) // months + shift
    return date(begun * months // 12, begun * months % 12 + 1, 1)
