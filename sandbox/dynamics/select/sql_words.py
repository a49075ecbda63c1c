"""A SQL statement taken apart into words, and a reader's place among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from sandbox.dynamics.errors import Fault

_PATTERN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*') | (?P<number>-?\d+(?:\.\d+)?) | (?P<name>[A-Za-z_]\w*|\[\w+\])
        | (?P<mark><>|!=|<=|>=|[=<>(),.*;]))""",
    re.VERBOSE,
)
_TEXT_OR_COMMENT = re.compile(r"('(?:[^']|'')*')|/\*.*?\*/|--[^\n]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Word:
    kind: str
    text: str


class Words:
    def __init__(self, statement: str) -> None:
        self._words = _taken_apart(_TEXT_OR_COMMENT.sub(lambda found: found[1] or " ", statement))
        self._at = 0

    @property
    def here(self) -> str:
        """The word to come, in capitals; nothing at the end."""
        return self._words[self._at].text.upper() if self._at < len(self._words) else ""

    def next(self) -> Word:
        if self._at >= len(self._words):
            refuse("The statement ends too early.")
        self._at += 1
        return self._words[self._at - 1]

    def back(self) -> None:
        self._at -= 1

    def peek(self, kind: str, text: str = "") -> bool:
        word = self._words[self._at] if self._at < len(self._words) else None
        return word is not None and word.kind == kind and text in ("", word.text.upper())

    def accept(self, text: str) -> bool:
        if self.peek("mark", text) or self.peek("name", text):
            self._at += 1
            return True
        return False

    def expect(self, *texts: str) -> None:
        """One of these must come."""
        if not any(self.accept(text) for text in texts):
            refuse(f"Incorrect syntax near '{self.here or 'the end'}': {texts[0]} was expected.")

    def name(self) -> str:
        word = self.next()
        if word.kind != "name":
            refuse(f"Incorrect syntax near '{word.text}'.")
        return word.text.strip("[]")

    def text(self) -> str:
        word = self.next()
        if word.kind != "text":
            refuse(f"Incorrect syntax near '{word.text}'.")
        return word.text[1:-1].replace("''", "'")

    def whole(self) -> int:
        """A whole number, which may stand in parentheses."""
        brackets = self.accept("(")
        word = self.next()
        if not word.text.isdecimal():
            refuse(f"'{word.text}' is not a whole number.")
        if brackets:
            self.expect(")")
        return int(word.text)


def refuse(reason: str) -> NoReturn:
    raise Fault(400, "0x80040203", f"Invalid SQL: {reason}")


def _taken_apart(text: str) -> list[Word]:
    found: list[Word] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _PATTERN.match(text, at)
        if match is None or match.lastgroup is None:
            refuse(f"Incorrect syntax near '{text[at : at + 10].strip()}'.")
        found.append(Word(match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found
