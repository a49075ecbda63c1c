"""The words of a SuiteQL text: names, strings, numbers, marks."""

import re
from typing import NamedTuple

from sandbox.netsuite.errors import Refused

_WORD = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<mark><=|>=|<>|!=|[=<>(),?*]))"
)


class Word(NamedTuple):
    kind: str
    text: str


def split(query: str) -> list[Word]:
    words, at = [], 0
    query = query.rstrip().rstrip(";")
    while at < len(query.rstrip()):
        found = _WORD.match(query, at)
        if found is None:
            raise bad_query(f"Unexpected character at position {at}: {query[at : at + 12]!r}.")
        kind = str(found.lastgroup)
        text = found.group(kind)
        words.append(Word(kind, text[1:-1].replace("''", "'") if kind == "text" else text))
        at = found.end()
    return [*words, Word("end", "")]


def bad_query(sentence: str) -> Refused:
    return Refused(
        400, "INVALID_PARAMETER", f"Invalid search query. Detailed unprocessed description follows. {sentence}"
    )
