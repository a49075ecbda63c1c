"""From words to a query: SELECT columns FROM table [JOIN table ON] [WHERE] [ORDER BY]."""

from collections.abc import Iterator, Sequence

from sandbox.netsuite.suiteql.tree import (
    Both,
    Column,
    Compare,
    Condition,
    Either,
    Function,
    Literal,
    Query,
    Source,
    Value,
)
from sandbox.netsuite.suiteql.words import Word, bad_query, split

_SIGNS = {"=", "<>", "!=", "<", "<=", ">", ">="}
_FUNCTIONS = {"TO_DATE", "TO_CHAR", "UPPER", "LOWER", "BUILTIN.DF"}
_ENDS = {"FROM", "JOIN", "INNER", "LEFT", "ON", "WHERE", "ORDER", "AND", "OR", "ASC", "DESC"}


def parse(text: str, params: Sequence[str], today: str) -> Query:
    """`today` is what CURRENT_DATE stands for."""
    parser = _Parser(split(text), iter(params), today)
    query = parser.query()
    parser.done()
    return query


class _Parser:
    def __init__(self, words: list[Word], params: Iterator[str], today: str) -> None:
        self._words, self._at, self._params, self._today = words, 0, params, today

    def query(self) -> Query:
        self._need("SELECT")
        columns = [self._column()]
        while self._mark(","):
            columns.append(self._column())
        self._need("FROM")
        sources = [self._source(None, False)]
        while (join := self._join()) is not None:
            sources.append(join)
        where = self._any() if self._word("WHERE") else None
        order: list[tuple[Value, bool]] = []
        if self._word("ORDER"):
            self._need("BY")
            order.append(self._ordered())
            while self._mark(","):
                order.append(self._ordered())
        return Query(tuple(columns), tuple(sources), where, tuple(order))

    def done(self) -> None:
        if self._here().kind != "end":
            raise bad_query(f"Unexpected {self._here().text!r}.")
        if next(self._params, None) is not None:
            raise bad_query("There are more parameters than question marks.")

    def _column(self) -> tuple[Value, str]:
        value = self._value()
        if self._word("AS") or (self._here().kind == "name" and self._here().text.upper() not in _ENDS):
            return value, self._take("name").text.lower()
        first = value.values[0] if isinstance(value, Function) else value
        return value, first.name if isinstance(first, Column) else "expr1"

    def _source(self, on: Condition | None, left: bool) -> Source:
        table = self._take("name").text.lower()
        alias = table
        if self._word("AS") or (self._here().kind == "name" and self._here().text.upper() not in _ENDS):
            alias = self._take("name").text.lower()
        return Source(table, alias, on, left)

    def _join(self) -> Source | None:
        left = self._word("LEFT")
        if left:
            self._word("OUTER")
        elif not self._word("INNER") and self._here().text.upper() != "JOIN":
            return None
        self._need("JOIN")
        bare = self._source(None, left)
        self._need("ON")
        return Source(bare.table, bare.alias, self._any(), left)

    def _ordered(self) -> tuple[Value, bool]:
        value = self._value()
        if self._word("DESC"):
            return value, True
        self._word("ASC")
        return value, False

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._word("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._word("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self) -> Condition:
        if self._mark("("):
            inner = self._any()
            self._close()
            return inner
        left = self._value()
        if self._word("IS"):
            negated = self._word("NOT")
            self._need("NULL")
            return Compare(left, "IS NULL", (), negated)
        negated = self._word("NOT")
        if self._word("LIKE"):
            return Compare(left, "LIKE", (self._value(),), negated)
        if self._word("IN"):
            if not self._mark("("):
                raise bad_query("IN needs a list in brackets.")
            values = [self._value()]
            while self._mark(","):
                values.append(self._value())
            self._close()
            if len(values) == 1 and not negated:
                return Compare(left, "=", (values[0],))
            return Compare(left, "IN", tuple(values), negated)
        sign = self._take("mark").text
        if sign not in _SIGNS or negated:
            raise bad_query(f"Unexpected {sign!r}.")
        return Compare(left, "<>" if sign == "!=" else sign, (self._value(),))

    def _value(self) -> Value:
        word = self._here()
        self._at += 1
        if word.kind in ("text", "number"):
            return Literal(word.text)
        if word == Word("mark", "?"):
            param = next(self._params, None)
            if param is None:
                raise bad_query("There are fewer parameters than question marks.")
            return Literal(param)
        if word == Word("mark", "*"):
            return Column("", "*")
        if word.kind != "name" or word.text.upper() in _ENDS:
            raise bad_query(f"A column or value is expected instead of {word.text!r}.")
        if word.text.upper() == "CURRENT_DATE":
            return Literal(self._today)
        if word.text.upper() in _FUNCTIONS and self._mark("("):
            values = [self._value()]
            while self._mark(","):
                values.append(self._value())
            self._close()
            return Function(word.text.upper(), tuple(values))
        table, _, name = word.text.lower().rpartition(".")
        return Column(table, name)

    def _here(self) -> Word:
        return self._words[self._at]

    def _take(self, kind: str) -> Word:
        word = self._here()
        if word.kind != kind:
            raise bad_query(f"Unexpected {word.text!r}.")
        self._at += 1
        return word

    def _word(self, text: str) -> bool:
        found = self._here().kind == "name" and self._here().text.upper() == text
        self._at += found
        return found

    def _need(self, text: str) -> None:
        if not self._word(text):
            raise bad_query(f"{text} is expected instead of {self._here().text!r}.")

    def _mark(self, text: str) -> bool:
        found = self._here() == Word("mark", text)
        self._at += found
        return found

    def _close(self) -> None:
        if not self._mark(")"):
            raise bad_query("A closing bracket is missing.")
