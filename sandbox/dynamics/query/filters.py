"""The grammar of $filter: comparisons, contains/startswith/endswith, the In function, and, or, not, parentheses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.dynamics.errors import bad_query
from sandbox.dynamics.query.words import Word, words_of

_COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
_FUNCTIONS = ("contains", "startswith", "endswith")
_IN = "Microsoft.Dynamics.CRM.In"


@dataclass(frozen=True, slots=True)
class Test:
    column: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Group:
    """`every` says whether all parts must hold, or one is enough."""

    parts: tuple[Condition, ...]
    every: bool


@dataclass(frozen=True, slots=True)
class Opposite:
    part: Condition


Condition = Test | Group | Opposite


def read(text: str) -> Condition:
    reader = _Reader(words_of(text))
    condition = reader.either()
    reader.end()
    return condition


class _Reader:
    def __init__(self, words: list[Word]) -> None:
        self._words, self._at = words, 0

    def either(self) -> Condition:
        return self._group("or", self._both, every=False)

    def end(self) -> None:
        if self._at < len(self._words):
            raise bad_query(f"Syntax error at '{self._words[self._at].text}'.")

    def _both(self) -> Condition:
        return self._group("and", self._single, every=True)

    def _group(self, joint: str, part: Callable[[], Condition], *, every: bool) -> Condition:
        parts = [part()]
        while self._accept(joint):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Group(tuple(parts), every)

    def _single(self) -> Condition:
        if self._accept("not"):
            return Opposite(self._single())
        if self._accept("("):
            inner = self.either()
            self._expect(")")
            return inner
        name = self._take("name").text
        if name in _FUNCTIONS:
            self._expect("(")
            column = self._take("name").text
            self._expect(",")
            value = self._value()
            self._expect(")")
            return Test(column, name, value)
        if name == _IN:
            return self._in()
        operator = self._take("name").text
        if operator not in _COMPARISONS:
            raise bad_query(f"Unrecognized operator '{operator}'.")
        return Test(name, operator, self._value())

    def _in(self) -> Condition:
        for text in ("(", "PropertyName", "="):
            self._expect(text)
        column = str(self._value())
        for text in (",", "PropertyValues", "=", "["):
            self._expect(text)
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect("]")
        self._expect(")")
        return Test(column, "in", values)

    def _value(self) -> Any:
        word = self._take("text", "guid", "moment", "number", "name")
        if word.kind == "text":
            return word.text[1:-1].replace("''", "'")
        if word.kind == "guid":
            return word.text.lower()
        if word.kind == "number":
            return float(word.text) if "." in word.text else int(word.text)
        if word.kind == "moment":
            return word.text
        constants = {"null": None, "true": True, "false": False}
        if word.text not in constants:
            raise bad_query(f"Could not find a property named '{word.text}'.")
        return constants[word.text]

    def _accept(self, text: str) -> bool:
        word = self._words[self._at] if self._at < len(self._words) else None
        if word is not None and word.kind in ("name", "mark") and word.text == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise bad_query(f"'{text}' expected.")

    def _take(self, *kinds: str) -> Word:
        if self._at >= len(self._words) or self._words[self._at].kind not in kinds:
            raise bad_query("Expression expected.")
        self._at += 1
        return self._words[self._at - 1]
