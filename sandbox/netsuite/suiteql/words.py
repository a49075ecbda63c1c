"""The words of a SuiteQL text: names, strings, numbers, marks; comments are left out."""

import re
from typing import NamedTuple

from sandbox.netsuite.errors import Refused

_WORD = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_$]*(?:\.[A-Za-z_][A-Za-z0-9_$]*)*(?:\.\*)?)|(?P<text>'(?:[^']|'')*')"
    r'|"(?P<quoted>[^"]+)"|(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<mark>\|\||<=|>=|<>|!=|[-+*/=<>(),?])'
)
_SKIPPED = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)*", re.DOTALL)


class Word(NamedTuple):
    kind: str
    text: str


def split(query: str) -> list[Word]:
    query = query.rstrip().rstrip(";")
    words, at = [], _past_gap(query, 0)
    while at < len(query):
        found = _WORD.match(query, at)
        if found is None:
            raise bad_query(f"Unexpected character at position {at}: {query[at : at + 12]!r}.")
        kind = str(found.lastgroup)
        text = found.group(kind)
        words.append(Word(kind, text[1:-1].replace("''", "'") if kind == "text" else text))
        at = _past_gap(query, found.end())
    return [*words, Word("end", "")]


def bad_query(sentence: str) -> Refused:
    return Refused(
        400, "INVALID_PARAMETER",
        f"Invalid search query. Detailed unprocessed description follows. Search error occurred: {sentence}", query="q",
    )  # fmt: skip


def _past_gap(query: str, at: int) -> int:
    found = _SKIPPED.match(query, at)
    return found.end() if found is not None else at
