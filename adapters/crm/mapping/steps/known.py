"""The register of steps: what each does, does the other way round, and takes as argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from adapters.crm.mapping.steps import days, ids, numbers, texts
from adapters.crm.mapping.steps.kinds import Kind

Worked = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """`there(argument)` makes the function towards the CRM, `back(argument)` the one from it: None where nothing can
    be undone, as of a cut text. `kind` is what the CRM's field must be after it; None leaves what it was before.
    `bare`: it may stand without an argument. `nothing`: it is asked about empty values too."""

    says: str
    there: Callable[[Any], Worked]
    back: Callable[[Any], Worked] | None = None
    kind: Kind | None = None
    bare: bool = True
    nothing: bool = False
    vendor: str = ""


def is_empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _plain(work: Worked) -> Callable[[Any], Worked]:
    return lambda _: work


def _same(value: Any) -> Any:
    return value


def _table(argument: Any) -> Worked:
    """`argument` is the table itself, put in place of its name."""
    there: Worked = argument.there
    return there


def _from_table(argument: Any) -> Worked:
    back: Worked = argument.back
    return back


KNOWN: Mapping[str, Step] = MappingProxyType(
    {
        "fit": Step(
            "cut to so many characters",
            lambda length: lambda value: texts.fit(value, length),
            _plain(_same),
            Kind.TEXT,
            bare=False,
        ),
        "text": Step("as text", _plain(texts.text), _plain(_same), Kind.TEXT),
        "email": Step("an address, in an e-mail field", _plain(texts.strip), _plain(_same), Kind.EMAIL),
        "upper": Step("in capitals", _plain(texts.upper), None, Kind.TEXT),
        "lower": Step("in small letters", _plain(texts.lower), None, Kind.TEXT),
        "strip": Step("without spaces around it", _plain(texts.strip), _plain(_same), Kind.TEXT),
        "join": Step(
            "a list as one text, with this between",
            lambda between: lambda value: texts.join(value, between),
            None,
            Kind.TEXT,
            bare=False,
        ),
        "first_name": Step("all words of a name but the last", _plain(texts.first_name), None, Kind.TEXT),
        "last_name": Step("the last word of a name", _plain(texts.last_name), None, Kind.TEXT),
        "lines_in_words": Step("the lines, one row each", _plain(texts.lines_in_words), None, Kind.TEXT),
        "default": Step(
            "this, when there is nothing",
            lambda instead: lambda value: instead if is_empty(value) else value,
            _plain(_same),
            bare=False,
            nothing=True,
        ),
        "table": Step("looked up in a table of the file", _table, _from_table, Kind.CHOICE, bare=False, nothing=True),
        "amount": Step("money as a number", _plain(numbers.amount), _plain(numbers.told_amount), Kind.AMOUNT),
        "whole": Step("a whole number", _plain(numbers.whole), _plain(numbers.whole), Kind.NUMBER),
        "locale_decimal": Step(
            "a number as text, as a country writes it",
            lambda signs: lambda value: numbers.in_locale(value, signs.point, signs.group),
            lambda signs: lambda value: numbers.from_locale(value, signs.point, signs.group),
            Kind.TEXT,
            bare=False,
        ),
        "moment": Step("a moment, in UTC", _plain(days.moment), _plain(days.moment), Kind.MOMENT),
        "date_only": Step(
            "the day, in this time zone",
            lambda zone: lambda value: days.date_only(value, zone),
            _plain(days.told_day),
            Kind.DATE,
            bare=False,
        ),
        "id18": Step("an id of 18 characters", _plain(ids.id18), _plain(ids.id18), Kind.LINK, vendor="salesforce"),
        "id15": Step("an id of 15 characters", _plain(ids.id15), _plain(ids.id18), Kind.TEXT, vendor="salesforce"),
    }
)
