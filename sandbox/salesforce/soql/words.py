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
    | (?P<name>[A-Za-z_][\w.]*(?::\d+)?)
    | (?P<mark><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Word:
    kind: str
    text: str
    at: int

    def says(self, keyword: str) -> bool:
        return self.kind in ("name", "mark") and self.text.upper() == keyword


def words_of(query: str) -> list[Word]:
    found: list[Word] = []
    at, end = 0, len(query.rstrip())
    while at < end:
        match = _PATTERN.match(query, at)
        if match is None or match.lastgroup is None:
            at += len(query[at:]) - len(query[at:].lstrip())
            raise refused("MALFORMED_QUERY", f"unexpected token: '{query[at : at + 1]}'", query, at)
        found.append(Word(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup)))
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


def refused(code: str, message: str, query: str, at: int) -> Refusal:
    """The platform shows the query, a caret under the place it stumbled over, the place in numbers, and the reason."""
    row, line_start = query.count("\n", 0, at) + 1, query.rfind("\n", 0, at) + 1
    line = query[line_start:].partition("\n")[0]
    column = at - line_start
    return Refusal(code, f"\n{line}\n{' ' * column}^\nERROR at Row:{row}:Column:{column + 1}\n{message}")
