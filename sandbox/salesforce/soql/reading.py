"""The grammar: words become a Query. SELECT names or COUNT(), WHERE with AND, OR, NOT, ORDER BY, LIMIT, OFFSET."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.soql.spans import literal
from sandbox.salesforce.soql.words import Word, pattern, plain, refused, words_of

_OPERATORS = {"=", "!=", "<>", "<", ">", "<=", ">=", "LIKE", "IN", "NOT IN"}
_MOST_OFFSET = 2000


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison; `path` may walk over parents ("Account.Name")."""

    path: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    part: Condition


Condition = Test | Both | Either | Opposite


@dataclass(frozen=True, slots=True)
class Order:
    path: str
    descending: bool
    nulls_last: bool


@dataclass(slots=True)
class Query:
    paths: list[str]
    of: str
    count: bool = False
    where: Condition | None = None
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._words, self._at = text, words_of(text), 0

    def peek(self, *keywords: str) -> bool:
        following = self._words[self._at : self._at + len(keywords)]
        return len(following) == len(keywords) and all(
            word.says(keyword) for word, keyword in zip(following, keywords, strict=True)
        )

    def accept(self, *keywords: str) -> bool:
        if self.peek(*keywords):
            self._at += len(keywords)
            return True
        return False

    def expect(self, keyword: str) -> None:
        if not self.accept(keyword):
            raise self.malformed(f"expecting {keyword.lower()}, found {self._next_text()}")

    def take(self, *kinds: str) -> Word:
        if self._at >= len(self._words) or self._words[self._at].kind not in kinds:
            raise self.unexpected()
        self._at += 1
        return self._words[self._at - 1]

    def done(self) -> bool:
        return self._at >= len(self._words)

    def unexpected(self) -> Refusal:
        return self.malformed(f"unexpected token: {self._next_text()}")

    def malformed(self, message: str) -> Refusal:
        at = len(self._text) if self.done() else self._words[self._at].at
        return refused("MALFORMED_QUERY", message, self._text, at)

    def back(self) -> None:
        self._at -= 1

    def _next_text(self) -> str:
        return "<EOF>" if self.done() else f"'{self._words[self._at].text}'"


def read(text: str) -> Query:
    """Raises MALFORMED_QUERY for what this grammar does not know."""
    reader = _Reader(text)
    reader.expect("SELECT")
    count = reader.accept("COUNT", "(", ")")
    paths = [] if count else _names(reader)
    reader.expect("FROM")
    query = Query(paths, reader.take("name").text, count)
    if reader.accept("WHERE"):
        query.where = _condition(reader)
    if reader.accept("ORDER", "BY"):
        query.order = _orders(reader)
    if reader.accept("LIMIT"):
        query.limit = int(reader.take("number").text)
    if reader.accept("OFFSET"):
        query.offset = int(reader.take("number").text)
    if not reader.done():
        raise reader.unexpected()
    if query.offset > _MOST_OFFSET:
        raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_MOST_OFFSET}")
    return query


def _names(reader: _Reader) -> list[str]:
    names: list[str] = []
    while not names or reader.accept(","):
        name = reader.take("name").text
        if name.lower() in (known.lower() for known in names):
            raise reader.malformed(f"duplicate field selected: {name}")
        names.append(name)
    return names


def _orders(reader: _Reader) -> list[Order]:
    orders: list[Order] = []
    while not orders or reader.accept(","):
        path = reader.take("name").text
        descending = reader.accept("DESC") or (reader.accept("ASC") and False)
        nulls_last = reader.accept("NULLS", "LAST") or (reader.accept("NULLS", "FIRST") and False)
        orders.append(Order(path, descending, nulls_last))
    return orders


def _condition(reader: _Reader) -> Condition:
    """A chain of AND or a chain of OR: mixing them, or negating a later part, takes parentheses on the platform."""
    parts = [Opposite(_single(reader)) if reader.accept("NOT") else _single(reader)]
    joined = next((word for word in ("AND", "OR") if reader.peek(word)), "AND")
    while reader.accept(joined):
        parts.append(_single(reader))
    if reader.peek("AND") or reader.peek("OR"):
        raise reader.unexpected()
    if len(parts) == 1:
        return parts[0]
    return Both(tuple(parts)) if joined == "AND" else Either(tuple(parts))


def _single(reader: _Reader) -> Condition:
    if reader.peek("NOT"):
        raise reader.unexpected()
    if reader.accept("("):
        inner = _condition(reader)
        reader.expect(")")
        return inner
    path = reader.take("name").text
    operator = "NOT IN" if reader.accept("NOT", "IN") else reader.take("mark", "name").text.upper()
    if operator not in _OPERATORS:
        reader.back()
        raise reader.unexpected()
    if operator == "LIKE":
        return Test(path, operator, pattern(reader.take("text").text))
    return Test(path, operator, _list(reader) if operator in ("IN", "NOT IN") else _value(reader))


def _list(reader: _Reader) -> list[Any]:
    reader.expect("(")
    values = [_value(reader)]
    while reader.accept(","):
        values.append(_value(reader))
    reader.expect(")")
    return values


def _value(reader: _Reader) -> Any:
    """A constant: text, number, date, datetime, null, a truth value, or a date literal."""
    word = reader.take("text", "number", "moment", "name")
    if word.kind == "text":
        return plain(word.text)
    if word.kind == "number":
        return float(word.text) if "." in word.text else int(word.text)
    try:
        if word.kind == "moment":
            return datetime.fromisoformat(word.text) if "T" in word.text else date.fromisoformat(word.text)
    except ValueError:
        reader.back()
        raise reader.unexpected() from None
    constants = {"NULL": None, "TRUE": True, "FALSE": False}
    if word.text.upper() in constants:
        return constants[word.text.upper()]
    span = literal(word.text)
    if span is None:
        reader.back()
        raise reader.unexpected()
    return span
