"""What SuiteQL's functions do to values; nothing in mostly means nothing out."""

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

from sandbox.netsuite.suiteql.tree import Value
from sandbox.netsuite.suiteql.words import bad_query

# Oracle's format words, longest first, and what Python calls them.
_FORMATS = (
    ("YYYY", "%Y"), ("HH24", "%H"), ("HH12", "%I"), ("MONTH", "%B"), ("MON", "%b"), ("DAY", "%A"), ("DY", "%a"),
    ("YY", "%y"), ("MM", "%m"), ("DD", "%d"), ("MI", "%M"), ("SS", "%S"), ("AM", "%p"), ("PM", "%p"),
)  # fmt: skip
_ACCOUNT_FORMAT = "MM/DD/YYYY"


@dataclass(frozen=True)
class Function:
    fewest: int
    most: int
    act: Callable[[Sequence[Value]], Value]
    whole: bool = False
    """Called also when its first value is nothing."""


def called(name: str, values: Sequence[Value]) -> Value:
    function = FUNCTIONS[name]
    if values and values[0] is None and not function.whole:
        return None
    return function.act(values)


def text_of(value: Value) -> str:
    """As an answer writes it: days in the account's format, month first."""
    if isinstance(value, date):
        return f"{value.month}/{value.day}/{value.year}"
    if isinstance(value, Decimal):
        plain = format(value, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain and value == value.to_integral_value() else plain
    return str(value)


def number_of(value: Value) -> Decimal:
    try:
        return Decimal(value) if not isinstance(value, date) and value is not None else Decimal("NaN")
    except InvalidOperation:
        raise bad_query(f"{value!r} is not a number.") from None


def day_of(value: Value) -> datetime:
    """A day or a moment as a moment; text must be written as the account writes days."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).replace(tzinfo=None)
    return _to_date([value, _ACCOUNT_FORMAT])


def _to_date(values: Sequence[Value]) -> datetime:
    form = str(values[1]) if len(values) > 1 else _ACCOUNT_FORMAT
    try:
        return datetime.strptime(str(values[0]), _pattern(form)).replace(tzinfo=UTC).replace(tzinfo=None)
    except ValueError:
        raise bad_query(f"{values[0]!r} is not a date of the format {form}.") from None


def _to_char(values: Sequence[Value]) -> str:
    value = values[0]
    if not isinstance(value, date):
        return text_of(value)
    return day_of(value).strftime(_pattern(str(values[1]))) if len(values) > 1 else text_of(value)


def _pattern(form: str) -> str:
    found, at = "", 0
    while at < len(form):
        if form[at] == '"':
            end = form.find('"', at + 1)
            found, at = found + form[at + 1 : end].replace("%", "%%"), end + 1
            continue
        known = next((pair for pair in _FORMATS if form.upper().startswith(pair[0], at)), None)
        if known is not None:
            found, at = found + known[1], at + len(known[0])
        elif form[at].isalnum():
            raise bad_query(f"The date format {form!r} is not known.")
        else:
            found, at = found + form[at].replace("%", "%%"), at + 1
    return found


def _round(values: Sequence[Value]) -> Decimal:
    places = int(number_of(values[1])) if len(values) > 1 else 0
    return number_of(values[0]).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _trunc(values: Sequence[Value]) -> Value:
    if isinstance(values[0], date):
        unit = str(values[1]).upper() if len(values) > 1 else "DD"
        day = day_of(values[0]).date()
        if unit not in ("DD", "MM", "MONTH", "YYYY", "YEAR"):
            raise bad_query(f"TRUNC does not know the unit {unit!r}.")
        return day if unit == "DD" else day.replace(day=1, month=1 if unit in ("YYYY", "YEAR") else day.month)
    places = int(number_of(values[1])) if len(values) > 1 else 0
    return number_of(values[0]).quantize(Decimal(1).scaleb(-places), ROUND_DOWN)


def _substr(values: Sequence[Value]) -> Value:
    text, start = text_of(values[0]), int(number_of(values[1]))
    begin = start - 1 if start > 0 else len(text) + start if start < 0 else 0
    end = begin + int(number_of(values[2])) if len(values) > 2 else len(text)
    return text[max(begin, 0) : end] or None


def _add_months(values: Sequence[Value]) -> datetime:
    moment = day_of(values[0])
    months = moment.month - 1 + int(number_of(values[1]))
    year, month = moment.year + months // 12, months % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _last_day(values: Sequence[Value]) -> datetime:
    moment = day_of(values[0])
    return moment.replace(day=calendar.monthrange(moment.year, moment.month)[1])


def _decode(values: Sequence[Value]) -> Value:
    pairs = values[1:]
    for place in range(0, len(pairs) - 1, 2):
        if pairs[place] == values[0] or (None not in (pairs[place], values[0]) and _same(pairs[place], values[0])):
            return pairs[place + 1]
    return pairs[-1] if len(pairs) % 2 else None


def _same(one: Value, other: Value) -> bool:
    return text_of(one) == text_of(other)


def _extreme(pick: Callable[..., Value]) -> Callable[[Sequence[Value]], Value]:
    def found(values: Sequence[Value]) -> Value:
        if None in values:
            return None
        if all(isinstance(value, str) for value in values):
            return pick(values)
        return pick(values, key=day_of) if isinstance(values[0], date) else pick(values, key=number_of)

    return found


def _stripped(values: Sequence[Value], left: bool, right: bool) -> str:
    text, letters = text_of(values[0]), str(values[1]) if len(values) > 1 else " "
    text = text.lstrip(letters) if left else text
    return text.rstrip(letters) if right else text


def _mod(values: Sequence[Value]) -> Decimal:
    divisor = number_of(values[1])
    return number_of(values[0]) if divisor == 0 else number_of(values[0]) % divisor


FUNCTIONS: dict[str, Function] = {
    "TO_DATE": Function(1, 2, _to_date),
    "TO_CHAR": Function(1, 2, _to_char),
    "TO_NUMBER": Function(1, 1, lambda v: number_of(v[0])),
    "NVL": Function(2, 2, lambda v: v[1] if v[0] is None else v[0], whole=True),
    "NVL2": Function(3, 3, lambda v: v[2] if v[0] is None else v[1], whole=True),
    "COALESCE": Function(2, 99, lambda v: next((each for each in v if each is not None), None), whole=True),
    "NULLIF": Function(2, 2, lambda v: None if v[1] is not None and _same(v[0], v[1]) else v[0]),
    "DECODE": Function(3, 99, _decode, whole=True),
    "GREATEST": Function(1, 99, _extreme(max)),
    "LEAST": Function(1, 99, _extreme(min)),
    "UPPER": Function(1, 1, lambda v: text_of(v[0]).upper()),
    "LOWER": Function(1, 1, lambda v: text_of(v[0]).lower()),
    "INITCAP": Function(1, 1, lambda v: re.sub(r"\w+", lambda m: m.group().capitalize(), text_of(v[0]))),
    "TRIM": Function(1, 1, lambda v: _stripped(v, True, True)),
    "LTRIM": Function(1, 2, lambda v: _stripped(v, True, False)),
    "RTRIM": Function(1, 2, lambda v: _stripped(v, False, True)),
    "LENGTH": Function(1, 1, lambda v: len(text_of(v[0]))),
    "SUBSTR": Function(2, 3, _substr),
    "INSTR": Function(2, 2, lambda v: text_of(v[0]).find(text_of(v[1])) + 1),
    "REPLACE": Function(2, 3, lambda v: text_of(v[0]).replace(text_of(v[1]), text_of(v[2]) if len(v) > 2 else "")),
    "CONCAT": Function(2, 2, lambda v: "".join(text_of(each) for each in v if each is not None), whole=True),
    "ABS": Function(1, 1, lambda v: abs(number_of(v[0]))),
    "SIGN": Function(1, 1, lambda v: (number_of(v[0]) > 0) - (number_of(v[0]) < 0)),
    "ROUND": Function(1, 2, _round),
    "TRUNC": Function(1, 2, _trunc),
    "CEIL": Function(1, 1, lambda v: number_of(v[0]).to_integral_value("ROUND_CEILING")),
    "FLOOR": Function(1, 1, lambda v: number_of(v[0]).to_integral_value("ROUND_FLOOR")),
    "MOD": Function(2, 2, _mod),
    "ADD_MONTHS": Function(2, 2, _add_months),
    "LAST_DAY": Function(1, 1, _last_day),
    # What a reference or a choice is called; the name stands beside the value in its row.
    "BUILTIN.DF": Function(1, 1, lambda v: v[0]),
}
