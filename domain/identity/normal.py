"""Values as people write them, brought into one form: what is compared, never what is shown or stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from domain.identity.words import EMPTY, LEGAL_FORMS, MONTHS, SMALL_WORDS, STREET_WORDS, TITLES

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "'": "",
        "’": "",
        "`": "",
        "´": "",
    }
)
_NO_WORD = re.compile(r"[\W_]+")
_NO_DIGIT = re.compile(r"\D+")
_INITIALS = re.compile(r"\b(?:[a-z]\.){2,}")
_TIME = re.compile(r"(\d)[T ]\d{1,2}:\d{2}.*$")
_WRITTEN = re.compile(r"\d+|[^\W\d_]+")
_OLDEST, _NEWEST = 1850, 2100
# Two digits of a year up to this one are of this century.
_PIVOT = 30
_NATIONAL_DIGITS = 9


def plain(text: str) -> str:
    """Lower case, without accents, one blank between words, nothing but letters and digits; "" for no value."""
    lowered = text.strip().casefold()
    return "" if lowered in EMPTY else _NO_WORD.sub(" ", _without_accents(lowered)).strip()


def _without_accents(lowered: str) -> str:
    if not lowered.isascii():
        lowered = "".join(sign for sign in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(sign))
    return lowered.translate(_LETTERS)


def given_name(text: str) -> str:
    words = plain(text).split()
    return " ".join([word for word in words if word not in TITLES] or words)


def surname(text: str) -> str:
    return given_name(text)


def name_words(text: str) -> tuple[str, ...]:
    """The sorted words of a whole name, of a person or a firm; titles and legal forms only if that is all."""
    lowered = _INITIALS.sub(lambda found: found.group().replace(".", "") + " ", text.casefold())
    words = plain(lowered.replace("&", " ").replace("+", " ")).split()
    telling = [word for word in words if word not in LEGAL_FORMS and word not in TITLES and word not in SMALL_WORDS]
    return tuple(sorted(telling or words))


def street(text: str) -> str:
    return " ".join(STREET_WORDS.get(word, word) for word in plain(text).split())


def place(text: str) -> str:
    return street(text)


def postcode(text: str) -> str:
    return plain(_whole(text)).replace(" ", "")


def phone(text: str) -> str:
    """The national digits: without plus, 00, trunk zero or country code as far as they go beyond nine digits."""
    digits = _NO_DIGIT.sub("", _whole(text).partition("x")[0]).lstrip("0")
    return digits[-_NATIONAL_DIGITS:] if len(digits) >= 5 else ""


def email(text: str) -> str:
    """Lower case, without the tag after a plus; "" for what is no address."""
    local, at, domain = _without_accents(text.strip().casefold()).rpartition("@")
    local = local.partition("+")[0]
    return f"{local}@{domain}" if at and local and domain and " " not in local else ""


def national_id(text: str) -> str:
    return plain(_whole(text)).replace(" ", "").lstrip("0")


def _whole(text: str) -> str:
    """Spreadsheets turn 2600 into 2600.0."""
    return text.strip().removesuffix(".0")


def day_first(texts: Iterable[str]) -> bool | None:
    """Whether a column of dates such as 03/04/1980 has the day first; None when no date of it tells."""
    firsts = seconds = 0
    for text in texts:
        parts = _WRITTEN.findall(text)
        if len(parts) >= 3 and all(part.isdigit() for part in parts[:3]) and len(parts[0]) <= 2 and len(parts[1]) <= 2:
            firsts += 12 < int(parts[0]) <= 31
            seconds += 12 < int(parts[1]) <= 31
    return None if firsts == seconds else firsts > seconds


def birth_date(text: str, days_first: bool = True) -> str:
    """Eight digits, year first, also of a date that no calendar has: typing errors are compared, not judged.

    "" when there is no value or it is no date. A year alone has zeros for the rest."""
    text = _TIME.sub(r"\1", _whole(text))
    if text.casefold() in EMPTY:
        return ""
    parts = _WRITTEN.findall(plain(text) if not text.isascii() else text.casefold())
    if len(parts) == 1 and parts[0].isdigit():
        return _run_together(parts[0], days_first)
    named = [place for place, part in enumerate(parts) if part in MONTHS]
    parts = [part for part in parts if part.isdigit() or part in MONTHS]
    if len(parts) != 3:
        return ""
    if named:
        month = next(part for part in parts if part in MONTHS)
        first, second = (part for part in parts if part.isdigit()) if len(named) == 1 else ("", "")
        if not first:
            return ""
        day, year = (second, first) if len(first) == 4 else (first, second)
        return _digits(year, str(MONTHS[month]), day)
    if len(parts[0]) == 4:
        return _digits(*parts)
    first, second, year = parts
    if (int(first) <= 12 and not days_first) or int(second) > 12 >= int(first):
        first, second = second, first
    return _digits(year, second, first)


def _run_together(digits: str, days_first: bool) -> str:
    if len(digits) == 4:
        return f"{digits}0000" if _OLDEST <= int(digits) <= _NEWEST else ""
    if len(digits) == 6:
        return _digits(digits[:2], digits[2:4], digits[4:])
    if len(digits) != 8:
        return ""
    year_last = not _OLDEST <= int(digits[:4]) <= _NEWEST and _OLDEST <= int(digits[4:]) <= _NEWEST
    if not year_last:
        return digits
    one, other = digits[:2], digits[2:4]
    return digits[4:] + (other + one if days_first else one + other)


def _digits(year: str, month: str, day: str) -> str:
    if len(year) == 2:
        year = f"{'20' if int(year) <= _PIVOT else '19'}{year}"
    return f"{year}{int(month):02d}{int(day):02d}" if len(year) == 4 and int(month) < 100 and int(day) < 100 else ""
