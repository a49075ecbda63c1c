"""The grammar: words become a Query, with its conditions, child queries, groups and aggregates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.soql.query import Aggregate, Both, Condition, Either, Opposite, Order, Query, Test
from sandbox.salesforce.soql.spans import literal
from sandbox.salesforce.soql.words import Word, pattern, plain, refused, words_of

_OPERATORS = {"=", "!=", "<>", "<", ">", "<=", ">=", "LIKE", "IN", "NOT IN"}
_MOST_OFFSET = 2000
_MOST_FIELDS = 200
FUNCTIONS = ("AVG", "COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM")


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

    def peeks_name(self) -> bool:
        return not self.done() and self._words[self._at].kind == "name"

    def back(self) -> None:
        self._at -= 1

    def _next_text(self) -> str:
        return "<EOF>" if self.done() else f"'{self._words[self._at].text}'"


def read(text: str) -> Query:
    """Raises MALFORMED_QUERY for what this grammar does not know."""
    reader = _Reader(text)
    query = _query(reader)
    if not reader.done():
        raise reader.unexpected()
    return query


def condition(text: str) -> Condition:
    """A WHERE clause alone, as SOSL has them."""
    reader = _Reader(text)
    found = _condition(reader)
    if not reader.done():
        raise reader.unexpected()
    return found


def _query(reader: _Reader) -> Query:
    reader.expect("SELECT")
    query = Query([], "", reader.accept("COUNT", "(", ")", "FROM"))
    if query.count:
        reader.back()
    else:
        _selected(reader, query)
    reader.expect("FROM")
    query.of = reader.take("name").text
    if reader.accept("WHERE"):
        query.where = _condition(reader)
    if reader.accept("GROUP", "BY"):
        query.group = _names(reader)
        if reader.accept("HAVING"):
            query.having = _condition(reader)
    if reader.accept("ORDER", "BY"):
        query.order = _orders(reader)
    if reader.accept("LIMIT"):
        query.limit = int(reader.take("number").text)
    if reader.accept("OFFSET"):
        query.offset = int(reader.take("number").text)
    _check(reader, query)
    if query.offset > _MOST_OFFSET:
        raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_MOST_OFFSET}")
    return query


def _check(reader: _Reader, query: Query) -> None:
    grouped = query.group or query.aggregates
    stray = next((path for path in query.paths if grouped and path.lower() not in map(str.lower, query.group)), None)
    if stray is not None:
        raise reader.malformed(f"Field must be grouped or aggregated: {stray}")
    if query.every in ("ALL", "CUSTOM") and not 0 < (query.limit or 0) <= _MOST_FIELDS:
        raise reader.malformed(f"The SOQL FIELDS function must have a LIMIT of at most {_MOST_FIELDS}")
    if (query.every or query.children) and grouped:
        raise reader.malformed("a grouped query cannot have child queries or FIELDS()")


def _selected(reader: _Reader, query: Query) -> None:
    """What stands between SELECT and FROM."""
    first = True
    while first or reader.accept(","):
        first = False
        if reader.accept("("):
            query.children.append(_query(reader))
            reader.expect(")")
            continue
        name = reader.take("name").text
        if name.upper() == "FIELDS" and reader.accept("("):
            query.every = reader.take("name").text.upper()
            if query.every not in ("ALL", "STANDARD", "CUSTOM"):
                reader.back()
                raise reader.unexpected()
            reader.expect(")")
        elif name.upper() in FUNCTIONS and reader.accept("("):
            path = "" if reader.peek(")") else reader.take("name").text
            reader.expect(")")
            numbered = sum(1 for each in query.aggregates if each.alias.startswith("expr"))
            query.aggregates.append(Aggregate(name.upper(), path, _alias(reader) or f"expr{numbered}"))
        else:
            if name.lower() in (known.lower() for known in query.paths):
                raise reader.malformed(f"duplicate field selected: {name}")
            query.paths.append(name)
            if alias := _alias(reader):
                query.aliases[name] = alias


def _alias(reader: _Reader) -> str:
    return "" if reader.done() or reader.peek("FROM") or not reader.peeks_name() else reader.take("name").text


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
        path = _path(reader)
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
    path = _path(reader)
    operator = "NOT IN" if reader.accept("NOT", "IN") else reader.take("mark", "name").text.upper()
    if operator not in _OPERATORS:
        reader.back()
        raise reader.unexpected()
    if operator == "LIKE":
        return Test(path, operator, pattern(reader.take("text").text))
    return Test(path, operator, _list(reader) if operator in ("IN", "NOT IN") else _value(reader))


def _path(reader: _Reader) -> str:
    """A field, or an aggregate over one."""
    name = reader.take("name").text
    if name.upper() not in FUNCTIONS or not reader.accept("("):
        return name
    inner = "" if reader.peek(")") else reader.take("name").text
    reader.expect(")")
    return f"{name.upper()}({inner})"


def _list(reader: _Reader) -> Any:
    reader.expect("(")
    if reader.peek("SELECT"):
        query = _query(reader)
        reader.expect(")")
        return query
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
