"""The grammar of $filter: comparisons, contains/startswith/endswith, query functions, and, or, not, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.dynamics.errors import bad_query, bad_request
from sandbox.dynamics.query.words import Word, words_of

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS = ("contains", "startswith", "endswith")
_NAMESPACE = "Microsoft.Dynamics.CRM."
# The query functions of the platform that compare with a list of values.
_SPANS = re.compile(
    r"Today|Yesterday|Tomorrow|(?:Last|Next)7Days|(?:Last|This|Next)(?:Week|Month|Year)|(?:Not)?On|OnOr(?:Before|After)"
    r"|(?:Last|Next)X(?:Hours|Days|Weeks|Months|Years)|OlderThanX(?:Minutes|Hours|Days|Weeks|Months|Years)"
)
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


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, by FetchXML's name of it; which one it is depends on when the query is answered."""

    column: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Among:
    """`any` or `all` of the rows in a collection; without a part, whether there are any."""

    collection: str
    every: bool
    part: Condition | None


Condition = Test | Group | Opposite | Span | Among


def read(text: str) -> Condition:
    """Raises the platform's syntax error. Whether columns and types fit is not asked here."""
    reader = _Reader(words_of(text))
    condition = reader.either()
    reader.end()
    return condition


def _without(part: Condition, prefix: str) -> Condition:
    """The columns of a lambda's rows carry its variable; behind it they are columns of those rows' table."""
    if isinstance(part, Group):
        return replace(part, parts=tuple(_without(each, prefix) for each in part.parts))
    if isinstance(part, Opposite):
        return Opposite(_without(part.part, prefix))
    if isinstance(part, Among):
        return replace(part, collection=_bare(part.collection, prefix))
    return replace(part, column=_bare(part.column, prefix))


def _bare(name: str, prefix: str) -> str:
    if not name.startswith(prefix):
        raise bad_request(f"'{name}' must begin with the variable of its lambda expression, '{prefix}'.")
    return name.removeprefix(prefix)


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
            return self._called(name)
        collection, _, quantity = name.rpartition("/")
        if quantity in ("any", "all") and self._accept("("):
            return self._among(collection, quantity)
        operator = self._take("name").text
        if operator == "in":
            raise bad_request("The query node In is not supported.")
        if operator not in COMPARISONS:
            raise bad_query(f"Unrecognized operator '{operator}'.")
        return Test(name, operator, (self._value(),))

    def _among(self, collection: str, quantity: str) -> Condition:
        if quantity == "any" and self._accept(")"):
            return Among(collection, every=False, part=None)
        variable = self._take("name").text
        self._expect(":")
        inner = self.either()
        self._expect(")")
        return Among(collection, quantity == "all", _without(inner, f"{variable}/"))

    def _called(self, name: str) -> Condition:
        short = name.removeprefix(_NAMESPACE)
        operator = _LISTS.get(short)
        if operator is None and not _SPANS.fullmatch(short):
            raise bad_request(f"An unknown function with name '{name}' was found.")
        for text in ("(", "PropertyName", "="):
            self._expect(text)
        column = str(self._value().value)
        if operator is None:
            return self._span(column, short)
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

    def _span(self, column: str, name: str) -> Condition:
        value = ""
        if "X" in name or "On" in name:
            for text in (",", "PropertyValue", "="):
                self._expect(text)
            value = str(self._value().value)
        self._expect(")")
        words = name.replace("7", "Seven").replace("OlderThan", "Olderthan")
        return Span(column, re.sub(r"(?<!^)(?=[A-Z])", "-", words).lower(), value)

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
