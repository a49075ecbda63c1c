"""The `q` of a collection: conditions of a field, an operator and its values, joined by AND, OR and brackets."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.money import decimal
from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.desk import Doc
from sandbox.netsuite.errors import Refused
from sandbox.netsuite.fields import MONEY, kind_of

Test = Callable[[Doc], bool]
Fits = Callable[[Any, list[Any]], bool]

_WORD = re.compile(r'\s*(?:(?P<mark>[()\[\],])|"(?P<text>[^"]*)"|\'(?P<quoted>[^\']*)\'|(?P<bare>[^\s()\[\],"\']+))')
_TEXT: dict[str, Fits] = {
    "IS": lambda have, asked: bool(have == asked[0]),
    "CONTAIN": lambda have, asked: asked[0] in have,
    "START_WITH": lambda have, asked: bool(have.startswith(asked[0])),
    "END_WITH": lambda have, asked: bool(have.endswith(asked[0])),
    "ENDWITH": lambda have, asked: bool(have.endswith(asked[0])),
    "ANY_OF": lambda have, asked: have in asked,
}
_NUMBER: dict[str, Fits] = {
    "EQUAL": lambda have, asked: bool(have == asked[0]),
    "IS": lambda have, asked: bool(have == asked[0]),
    "GREATER": lambda have, asked: bool(have > asked[0]),
    "GREATER_OR_EQUAL": lambda have, asked: bool(have >= asked[0]),
    "LESS": lambda have, asked: bool(have < asked[0]),
    "LESS_OR_EQUAL": lambda have, asked: bool(have <= asked[0]),
    "BETWEEN": lambda have, asked: bool(asked[0] <= have <= asked[1]),
    "WITHIN": lambda have, asked: bool(asked[0] <= have <= asked[1]),
    "ANY_OF": lambda have, asked: have in asked,
}
_DATE: dict[str, Fits] = {
    "ON": lambda have, asked: bool(have == asked[0]),
    "AFTER": lambda have, asked: bool(have > asked[0]),
    "BEFORE": lambda have, asked: bool(have < asked[0]),
    "ON_OR_AFTER": lambda have, asked: bool(have >= asked[0]),
    "ON_OR_BEFORE": lambda have, asked: bool(have <= asked[0]),
}
_BOOLEAN: dict[str, Fits] = {"IS": lambda have, asked: bool(have == asked[0])}
_PAIRS = ("BETWEEN", "WITHIN")


def parse(kind: str, text: str) -> Test:
    """The filter as a test of one document. Raises Refused for what is no filter of that record type."""
    parser = _Parser(kind, text)
    test = parser.any()
    parser.done()
    return test


class _Parser:
    def __init__(self, kind: str, text: str) -> None:
        self._kind, self._text = kind, text
        self._words, self._at = list(_words(text)), 0

    def any(self) -> Test:
        parts = [self._all()]
        while self._word("OR"):
            parts.append(self._all())
        return lambda doc: any(part(doc) for part in parts)

    def done(self) -> None:
        if self._at < len(self._words):
            raise self._wrong(f"unexpected {self._words[self._at][1]}")

    def _all(self) -> Test:
        parts = [self._one()]
        while self._word("AND"):
            parts.append(self._one())
        return lambda doc: all(part(doc) for part in parts)

    def _one(self) -> Test:
        if self._mark("("):
            inner = self.any()
            if not self._mark(")"):
                raise self._wrong("a closing bracket is missing")
            return inner
        name, operator = self._take(), self._take().upper()
        field = TYPES[self._kind].spelling.get(name.lower())
        if field is None or field in TYPES[self._kind].sublists:
            raise self._wrong(f"the field {name} cannot be filtered by")
        negated = operator.endswith("_NOT")
        base = operator.removesuffix("_NOT")
        if base == "EMPTY":
            return lambda doc: (doc.get(field) in (None, "")) != negated
        shape = _shape(field)
        fits = shape.operators.get(base)
        if fits is None:
            raise self._wrong(f"the operator {operator} does not go with the field {name}")
        values = self._values(many=base in ("ANY_OF", *_PAIRS))
        if len(values) != 2 and base in _PAIRS:
            raise self._wrong(f"{operator} needs two values")
        try:
            asked = [shape.of_text(value) for value in values]
        except (ValueError, InvalidOperation):
            raise self._wrong(f"{values[0]} is no value for the field {name}") from None
        return _Condition(field, shape.of_doc, fits, asked, negated)

    def _values(self, *, many: bool) -> list[str]:
        if not self._mark("["):
            return [self._take()]
        values = [self._take()]
        while self._mark(","):
            values.append(self._take())
        if not self._mark("]") or not many:
            raise self._wrong("a list of values is not as it should be")
        return values

    def _take(self) -> str:
        if self._at >= len(self._words) or self._words[self._at][0] == "mark":
            raise self._wrong("a word is missing")
        self._at += 1
        return self._words[self._at - 1][1]

    def _word(self, text: str) -> bool:
        return self._next("bare", text)

    def _mark(self, text: str) -> bool:
        return self._next("mark", text)

    def _next(self, kind: str, text: str) -> bool:
        here = self._words[self._at] if self._at < len(self._words) else ("", "")
        found = here[0] == kind and here[1].upper() == text
        self._at += found
        return found

    def _wrong(self, why: str) -> Refused:
        return Refused(400, "INVALID_PARAMETER", f"Invalid query {self._text!r}: {why}.", query="q")


class _Condition:
    """One condition. What a document lacks fits no operator, negated or not."""

    def __init__(self, field: str, of_doc: Callable[[Doc, str], Any], fits: Fits, asked: list[Any], negated: bool):
        self._field, self._of_doc, self._fits, self._asked, self._negated = field, of_doc, fits, asked, negated

    def __call__(self, doc: Doc) -> bool:
        if doc.get(self._field) is None:
            return False
        return self._fits(self._of_doc(doc, self._field), self._asked) != self._negated


class _Shape:
    """How values of a kind are read from the filter and from a document, and which operators go with them."""

    def __init__(
        self, operators: dict[str, Fits], of_text: Callable[[str], Any], of_doc: Callable[[Doc, str], Any]
    ) -> None:
        self.operators, self.of_text, self.of_doc = operators, of_text, of_doc


def _shape(field: str) -> _Shape:
    match kind_of(field):
        case "number" | "integer":
            return _Shape(_NUMBER, Decimal, _number)
        case "boolean":
            return _Shape(_BOOLEAN, _truth, lambda doc, name: doc[name])
        case "date" | "date-time":
            return _Shape(_DATE, _day, lambda doc, name: date.fromisoformat(doc[name][:10]))
    if field == "id":
        return _Shape(_NUMBER, Decimal, _number)
    return _Shape(_TEXT | {"EQUAL": _TEXT["IS"]}, str.lower, _text)


def _number(doc: Doc, field: str) -> Decimal:
    if field in MONEY and isinstance(doc.get("currency"), dict):
        return decimal(int(doc[field]), doc["currency"]["refName"])
    return Decimal(str(doc[field]))


def _text(doc: Doc, field: str) -> str:
    """References and choices are filtered by their id; text without regard to case."""
    value = doc[field]
    return str(value["id"] if isinstance(value, dict) else value).lower()


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false", "t", "f"):
        raise ValueError(text)
    return text.lower() in ("true", "t")


def _day(text: str) -> date:
    """As the account writes dates, month first; ISO days are taken too."""
    if "/" in text:
        month, day, year = text.split("/")
        return date(int(year), int(month), int(day))
    return date.fromisoformat(text)


def _words(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text.rstrip()):
        found = _WORD.match(text, at)
        if found is None:
            raise Refused(400, "INVALID_PARAMETER", f"Invalid query {text!r}.", query="q")
        kind = str(found.lastgroup)
        yield kind, found.group(kind)
        at = found.end()
