"""The grammar: words become a Query. SELECT names or COUNT(), WHERE with AND, OR, NOT, ORDER BY, LIMIT, OFFSET."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.salesforce.soql.words import Word, malformed, pattern, plain, words_of

_OPERATORS = {"=", "!=", "<>", "<", ">", "<=", ">=", "LIKE", "IN", "NOT IN"}


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
    def __init__(self, words: list[Word]) -> None:
        self._words, self._at = words, 0

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
            raise malformed(f"expecting '{keyword}', found '{self._next_text()}'")

    def take(self, *kinds: str) -> Word:
        if self._at >= len(self._words) or self._words[self._at].kind not in kinds:
            raise malformed(f"unexpected token: '{self._next_text()}'")
        self._at += 1
        return self._words[self._at - 1]

    def done(self) -> bool:
        return self._at >= len(self._words)

    def _next_text(self) -> str:
        return "<EOF>" if self.done() else self._words[self._at].text


def read(text: str) -> Query:
    """Raises MALFORMED_QUERY for what this grammar does not know."""
    reader = _Reader(words_of(text))
    reader.expect("SELECT")
    count = reader.accept("COUNT", "(", ")")
    paths = [] if count else _names(reader)
    reader.expect("FROM")
    query = Query(paths, reader.take("name").text, count)
    if reader.accept("WHERE"):
        query.where = _either(reader)
    if reader.accept("ORDER", "BY"):
        query.order = _orders(reader)
    if reader.accept("LIMIT"):
        query.limit = int(reader.take("number").text)
    if reader.accept("OFFSET"):
        query.offset = int(reader.take("number").text)
    if not reader.done():
        raise malformed(f"unexpected token: '{reader.take('name', 'text', 'number', 'moment', 'mark').text}'")
    return query


def _names(reader: _Reader) -> list[str]:
    names = [reader.take("name").text]
    while reader.accept(","):
        names.append(reader.take("name").text)
    return names


def _orders(reader: _Reader) -> list[Order]:
    orders: list[Order] = []
    while not orders or reader.accept(","):
        path = reader.take("name").text
        descending = reader.accept("DESC") or (reader.accept("ASC") and False)
        nulls_last = reader.accept("NULLS", "LAST") or (reader.accept("NULLS", "FIRST") and False)
        orders.append(Order(path, descending, nulls_last))
    return orders


def _either(reader: _Reader) -> Condition:
    parts = [_both(reader)]
    while reader.accept("OR"):
        parts.append(_both(reader))
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _both(reader: _Reader) -> Condition:
    parts = [_single(reader)]
    while reader.accept("AND"):
        parts.append(_single(reader))
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def _single(reader: _Reader) -> Condition:
    if reader.accept("NOT"):
        return Opposite(_single(reader))
    if reader.accept("("):
        inner = _either(reader)
        reader.expect(")")
        return inner
    path = reader.take("name").text
    operator = "NOT IN" if reader.accept("NOT", "IN") else reader.take("mark", "name").text.upper()
    if operator not in _OPERATORS:
        raise malformed(f"unexpected token: '{operator}'")
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
    word = reader.take("text", "number", "moment", "name")
    if word.kind == "text":
        return plain(word.text)
    if word.kind == "number":
        return float(word.text) if "." in word.text else int(word.text)
    if word.kind == "moment":
        return datetime.fromisoformat(word.text) if "T" in word.text else word.text
    constants = {"NULL": None, "TRUE": True, "FALSE": False}
    if word.text.upper() not in constants:
        raise malformed(f"unexpected token: '{word.text}'")
    return constants[word.text.upper()]
