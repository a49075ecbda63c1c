"""The stretches of time that conditions name: today, last-x-days, this-month, olderthan-x-hours. All in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

Stretch = tuple[datetime | None, datetime | None]
"""From the first moment up to but not including the second one; None is without end."""

_UNITS = ("minutes", "hours", "days", "weeks", "months", "years")
_WHOLE = ("week", "month", "year")


def stretch(operator: str, number: int, now: datetime) -> Stretch | None:
    """None when the operator names no stretch of time. `number` is the x of those that have one."""
    day = _floor("day", now)
    fixed: dict[str, Callable[[], Stretch]] = {
        "today": lambda: (day, _moved(day, "days", 1)),
        "yesterday": lambda: (_moved(day, "days", -1), day),
        "tomorrow": lambda: (_moved(day, "days", 1), _moved(day, "days", 2)),
        "last-seven-days": lambda: (_moved(day, "days", -7), now),
        "next-seven-days": lambda: (now, _moved(day, "days", 8)),
    }
    if operator in fixed:
        return fixed[operator]()
    first, _, rest = operator.partition("-")
    if rest in _WHOLE and first in ("this", "last", "next"):
        start = _moved(_floor(rest, now), f"{rest}s", {"last": -1, "this": 0, "next": 1}[first])
        return start, _moved(start, f"{rest}s", 1)
    unit = rest.removeprefix("x-")
    if not rest.startswith("x-") or unit not in _UNITS:
        return None
    if first == "olderthan":
        return None, _moved(now, unit, -number)
    if first == "last" and unit != "minutes":
        return _moved(_floor(unit.removesuffix("s"), now), unit, -number), now
    if first == "next" and unit != "minutes":
        return now, _moved(_floor(unit.removesuffix("s"), now), unit, number + 1)
    return None


def _floor(unit: str, moment: datetime) -> datetime:
    """Where the hour, day, week (a Sunday), month or year of a moment began; of months only their day counts."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    match unit:
        case "hour":
            return hour
        case "week":
            return day - timedelta(days=(day.weekday() + 1) % 7)
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def _moved(moment: datetime, unit: str, number: int) -> datetime:
    if unit not in ("months", "years"):
        return moment + timedelta(**{unit: number})
    months = moment.year * 12 + moment.month - 1 + number * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1)
