"""A $filter taken apart into words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.dynamics.errors import bad_query

_PATTERN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})
    | (?P<moment>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<name>[A-Za-z_][\w.]*(?:/[A-Za-z_][\w.]*)*)
    | (?P<mark>[(),=:\[\]])
    )""",
    re.VERBOSE,
)
_JSON_TEXT = re.compile(r'\s*"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Word:
    kind: str
    text: str


def words_of(text: str) -> list[Word]:
    found: list[Word] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        # The In function takes its values in double quotes as well as in single ones.
        double = _JSON_TEXT.match(text, at)
        if double is not None:
            inside = double[1].replace("'", "''")
            found.append(Word("text", f"'{inside}'"))
            at = double.end()
            continue
        match = _PATTERN.match(text, at)
        if match is None or match.lastgroup is None:
            raise bad_query(f"Syntax error at position {at} in '{text}'.")
        found.append(Word(match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found
