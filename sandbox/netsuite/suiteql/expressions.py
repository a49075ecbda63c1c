"""Reading expressions: OR over AND over NOT over comparisons over sums over products."""

from abc import ABC, abstractmethod
from datetime import date, datetime, time
from decimal import Decimal

from sandbox.netsuite.suiteql.functions import FUNCTIONS
from sandbox.netsuite.suiteql.tree import (
    Aggregate,
    Binary,
    Call,
    Case,
    Column,
    Exists,
    Expression,
    Literal,
    Parameter,
    Query,
    Scalar,
    Star,
    Unary,
    Within,
)
from sandbox.netsuite.suiteql.words import Word, bad_query

_SIGNS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG"}
RESERVED = {
    "SELECT", "FROM", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER", "ON", "WHERE", "GROUP", "ORDER", "BY",
    "HAVING", "AND", "OR", "NOT", "ASC", "DESC", "UNION", "INTERSECT", "MINUS", "FETCH", "OFFSET", "WHEN", "THEN",
    "ELSE", "END", "IN", "IS", "LIKE", "BETWEEN", "AS", "LIMIT",
}  # fmt: skip


class ExpressionReader(ABC):
    """Walks along the words; a reader of whole queries adds `query`, which brackets may hold."""

    def __init__(self, words: list[Word], today: date) -> None:
        self.words, self.at, self.params, self.today = words, 0, 0, today

    @abstractmethod
    def query(self) -> Query: ...

    def expression(self) -> Expression:
        left = self._all()
        while self.word("OR"):
            left = Binary("OR", left, self._all())
        return left

    def _all(self) -> Expression:
        left = self._not()
        while self.word("AND"):
            left = Binary("AND", left, self._not())
        return left

    def _not(self) -> Expression:
        return Unary("NOT", self._not()) if self.word("NOT") else self._comparison()

    def _comparison(self) -> Expression:
        if self.word("EXISTS"):
            self.need_mark("(")
            found = Exists(self.query())
            self.close()
            return found
        left = self._sum()
        here = self.here()
        if here.kind == "mark" and here.text in _SIGNS:
            self.at += 1
            return Binary(_SIGNS[here.text], left, self._sum())
        if self.word("IS"):
            negated = self.word("NOT")
            self.need("NULL")
            return self._negated(Unary("IS NULL", left), negated)
        negated = self.word("NOT")
        if self.word("LIKE"):
            return self._negated(Binary("LIKE", left, self._sum()), negated)
        if self.word("BETWEEN"):
            low = self._sum()
            self.need("AND")
            between = Binary("AND", Binary(">=", left, low), Binary("<=", left, self._sum()))
            return self._negated(between, negated)
        if self.word("IN"):
            return self._negated(self._within(left), negated)
        if negated:
            raise bad_query(f"Unexpected {self.here().text!r} after NOT.")
        return left

    def _within(self, left: Expression) -> Expression:
        self.need_mark("(")
        among = self.query() if self.is_word("SELECT", "WITH") else tuple(self.listed())
        self.close()
        return Within(left, among)

    def _sum(self) -> Expression:
        left = self._product()
        while self.here() in (Word("mark", "+"), Word("mark", "-"), Word("mark", "||")):
            sign = self.take("mark").text
            left = Binary(sign, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._signed()
        while self.here() in (Word("mark", "*"), Word("mark", "/")):
            sign = self.take("mark").text
            left = Binary(sign, left, self._signed())
        return left

    def _signed(self) -> Expression:
        if self.mark("-"):
            return Unary("-", self._signed())
        self.mark("+")
        return self._one()

    def _one(self) -> Expression:
        word = self.here()
        self.at += 1
        match word.kind:
            case "text":
                return Literal(word.text)
            case "number":
                return Literal(Decimal(word.text))
            case "quoted":
                return Column("", word.text.lower())
            case "name":
                return self._word_value(word.text)
        if word.text == "?":
            self.params += 1
            return Parameter(self.params - 1)
        if word.text == "(":
            inner: Expression = Scalar(self.query()) if self.is_word("SELECT", "WITH") else self.expression()
            self.close()
            return inner
        raise bad_query(f"A column or value is expected instead of {word.text!r}.")

    def _word_value(self, text: str) -> Expression:
        upper = text.upper()
        if upper == "CASE":
            return self._case()
        if upper == "NULL":
            return Literal(None)
        if upper == "CURRENT_DATE":
            return Literal(self.today)
        if upper == "SYSDATE":
            return Literal(datetime.combine(self.today, time()))
        if upper in _AGGREGATES and self.mark("("):
            return self._aggregate(upper)
        if self.here() == Word("mark", "("):
            return self._call(upper)
        if upper in RESERVED:
            raise bad_query(f"A column or value is expected instead of {text!r}.")
        table, _, name = text.lower().rpartition(".")
        return Column(table, name)

    def _aggregate(self, name: str) -> Expression:
        distinct = self.word("DISTINCT")
        value: Expression = Star() if self.mark("*") else self.expression()
        self.close()
        if isinstance(value, Star) and name != "COUNT":
            raise bad_query(f"{name} needs a column.")
        return Aggregate(name, value, distinct)

    def _call(self, name: str) -> Expression:
        self.need_mark("(")
        values = [] if self.here() == Word("mark", ")") else self.listed()
        self.close()
        known = FUNCTIONS.get(name)
        if known is None:
            raise bad_query(f"The function {name} is not known.")
        if not known.fewest <= len(values) <= known.most:
            raise bad_query(f"The function {name} has the wrong number of arguments.")
        return Call(name, tuple(values))

    def _case(self) -> Expression:
        subject = None if self.is_word("WHEN") else self.expression()
        whens = []
        while self.word("WHEN"):
            asked = self.expression()
            self.need("THEN")
            whens.append((asked if subject is None else Binary("=", subject, asked), self.expression()))
        otherwise = self.expression() if self.word("ELSE") else Literal(None)
        self.need("END")
        if not whens:
            raise bad_query("CASE needs a WHEN.")
        return Case(tuple(whens), otherwise)

    def _negated(self, value: Expression, negated: bool) -> Expression:
        return Unary("NOT", value) if negated else value

    def listed(self) -> list[Expression]:
        values = [self.expression()]
        while self.mark(","):
            values.append(self.expression())
        return values

    def here(self) -> Word:
        return self.words[self.at]

    def take(self, kind: str) -> Word:
        word = self.here()
        if word.kind != kind:
            raise bad_query(f"Unexpected {word.text!r}." if word.text else "The query ends too early.")
        self.at += 1
        return word

    def is_word(self, *texts: str) -> bool:
        return self.here().kind == "name" and self.here().text.upper() in texts

    def word(self, text: str) -> bool:
        found = self.is_word(text)
        self.at += found
        return found

    def need(self, text: str) -> None:
        if not self.word(text):
            raise bad_query(f"{text} is expected instead of {self.here().text!r}.")

    def mark(self, text: str) -> bool:
        found = self.here() == Word("mark", text)
        self.at += found
        return found

    def need_mark(self, text: str) -> None:
        if not self.mark(text):
            raise bad_query(f"{text!r} is expected instead of {self.here().text!r}.")

    def close(self) -> None:
        if not self.mark(")"):
            raise bad_query("A closing bracket is missing.")
