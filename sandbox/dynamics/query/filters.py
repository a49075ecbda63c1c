"""The grammar of $filter: comparisons, contains/startswith/endswith, query functions, and, or, not, parentheses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.dynamics.errors import bad_query, bad_request
from sandbox.dynamics.query.words import Word, words_of

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS = ("contains", "startswith", "endswith")
_NAMESPACE = "Microsoft.Dynamics.CRM."
# The query functions of the platform that compare with a list of values.
_LISTS = {"In": "in", "NotIn": "not in", "Between": "between", "NotBetween": "not between"}
_CONSTANTS = {"null": ("null", None), "true": ("boolean", True), "false": ("boolean", False)}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it was written; `kind` is text, guid, moment, number, boolean, null or column (a column's name)."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Test:
    """`column` may lead over a lookup: primarycontactid/fullname."""

    column: str
    operator: str
    values: tuple[Literal, ...]


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
    """Raises the platform's syntax error. Whether columns and types fit is not asked here."""
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
        if name in FUNCTIONS:
            self._expect("(")
            column = self._take("name").text
            self._expect(",")
            value = self._value()
            self._expect(")")
            return Test(column, name, (value,))
        if name.startswith(_NAMESPACE):
            return self._listed(name)
        operator = self._take("name").text
        if operator == "in":
            raise bad_request("The query node In is not supported.")
        if operator not in COMPARISONS:
            raise bad_query(f"Unrecognized operator '{operator}'.")
        return Test(name, operator, (self._value(),))

    def _listed(self, name: str) -> Condition:
        operator = _LISTS.get(name.removeprefix(_NAMESPACE))
        if operator is None:
            raise bad_request(f"An unknown function with name '{name}' was found.")
        for text in ("(", "PropertyName", "="):
            self._expect(text)
        column = str(self._value().value)
        for text in (",", "PropertyValues", "=", "["):
            self._expect(text)
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect("]")
        self._expect(")")
        if operator.endswith("between") and len(values) != 2:
            raise bad_query(f"{name} takes two values.")
        return Test(column, operator, tuple(values))

    def _value(self) -> Literal:
        word = self._take("text", "guid", "moment", "number", "name")
        if word.kind == "text":
            return Literal("text", word.text[1:-1].replace("''", "'"))
        if word.kind == "guid":
            return Literal("guid", word.text.lower())
        if word.kind == "number":
            whole = word.text.lstrip("-").isdigit()
            return Literal("number", int(word.text) if whole else float(word.text))
        if word.kind == "moment":
            return Literal("moment", word.text)
        if "." in word.text and self._at < len(self._words) and self._words[self._at].kind == "text":
            # An enumeration: its full type name, then the member in quotes.
            return self._value()
        return Literal(*_CONSTANTS.get(word.text, ("column", word.text)))

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
