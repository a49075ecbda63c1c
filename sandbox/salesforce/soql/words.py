"""A SOQL query taken apart into words, each with what it is: name, text, number, moment, mark."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.salesforce.errors import Refusal

_PATTERN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<moment>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?)
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_][\w.]*)
    | (?P<mark><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Word:
    kind: str
    text: str

    def says(self, keyword: str) -> bool:
        return self.kind in ("name", "mark") and self.text.upper() == keyword


def words_of(query: str) -> list[Word]:
    found: list[Word] = []
    at, end = 0, len(query.rstrip())
    while at < end:
        match = _PATTERN.match(query, at)
        if match is None or match.lastgroup is None:
            raise malformed(f"unexpected token: {query[at : at + 20].strip()}")
        found.append(Word(match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


def plain(quoted: str) -> str:
    """The text inside the quotes; `\\%` and `\\_` keep their backslash, because only LIKE gives them a meaning."""
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), quoted[1:-1])


def pattern(quoted: str) -> str:
    """As `plain`, but for LIKE, which reads `\\\\`, `\\%` and `\\_` itself."""
    return re.sub(
        r"\\(.)", lambda match: match[0] if match[1] == "\\" else _ESCAPES.get(match[1], match[0]), quoted[1:-1]
    )


def malformed(message: str) -> Refusal:
    return Refusal("MALFORMED_QUERY", message)
