"""From words to a query: WITH, SELECT, joins, WHERE, GROUP BY, HAVING, set operators, ORDER BY, OFFSET and FETCH."""

from datetime import date

from sandbox.netsuite.suiteql.expressions import RESERVED, ExpressionReader
from sandbox.netsuite.suiteql.tree import Expression, Order, Query, Select, Source, Star
from sandbox.netsuite.suiteql.words import Word, bad_query, split


def parse(text: str, params: int, today: date) -> Query:
    """`params` is how many are given; `today` is what CURRENT_DATE stands for."""
    reader = _Reader(split(text), today)
    query = reader.query()
    reader.done(params)
    return query


class _Reader(ExpressionReader):
    def __init__(self, words: list[Word], today: date) -> None:
        super().__init__(words, today)
        self._named: dict[str, Query] = {}

    def query(self) -> Query:
        outside = dict(self._named)
        if self.word("WITH"):
            self._with()
        selects = [("", self._select())]
        while (sign := self._joint()) is not None:
            selects.append((sign, self._select()))
        order: list[Order] = []
        if self.word("ORDER"):
            self.need("BY")
            order.append(self._ordered())
            while self.mark(","):
                order.append(self._ordered())
        skip, first = self._page()
        self._named = outside
        return Query(tuple(selects), tuple(order), skip, first)

    def done(self, given: int) -> None:
        if self.here().kind != "end":
            raise bad_query(f"Unexpected {self.here().text!r}.")
        if given != self.params:
            raise bad_query(f"There are {given} parameters for {self.params} question marks.")

    def _with(self) -> None:
        while True:
            name = self.take("name").text.lower()
            self.need("AS")
            self.need_mark("(")
            self._named[name] = self.query()
            self.close()
            if not self.mark(","):
                return

    def _joint(self) -> str | None:
        for sign in ("UNION", "INTERSECT", "MINUS"):
            if self.word(sign):
                return "UNION ALL" if sign == "UNION" and self.word("ALL") else sign
        return None

    def _select(self) -> Select:
        self.need("SELECT")
        distinct = self.word("DISTINCT")
        top = int(self.take("number").text) if self.word("TOP") else None
        columns = [self._column()]
        while self.mark(","):
            columns.append(self._column())
        self.need("FROM")
        sources = [self._source(None, False)]
        while (source := self._joined()) is not None:
            sources.append(source)
        where = self.expression() if self.word("WHERE") else None
        group: list[Expression] = []
        if self.word("GROUP"):
            self.need("BY")
            group = self.listed()
        having = self.expression() if self.word("HAVING") else None
        return Select(tuple(columns), tuple(sources), where, tuple(group), having, distinct, top)

    def _column(self) -> tuple[Expression, str | None]:
        if self.mark("*"):
            return Star(), None
        if self.here().kind == "name" and self.here().text.endswith(".*"):
            return Star(self.take("name").text[:-2].lower()), None
        value = self.expression()
        if self.word("AS"):
            return value, self._alias()
        if self.here().kind == "quoted" or (self.here().kind == "name" and not self.is_word(*RESERVED)):
            return value, self._alias()
        return value, None

    def _alias(self) -> str:
        word = self.here()
        return self.take("quoted" if word.kind == "quoted" else "name").text.lower()

    def _source(self, on: Expression | None, left: bool) -> Source:
        query = None
        if self.mark("("):
            query, table = self.query(), ""
            self.close()
        else:
            table = self.take("name").text.lower()
            query = self._named.get(table)
        alias = table
        if self.word("AS") or (self.here().kind == "name" and not self.is_word(*RESERVED)):
            alias = self.take("name").text.lower()
        # A query in brackets without a name can be read, but not be named.
        return Source(table, alias or f"({self.at})", on, left, query)

    def _joined(self) -> Source | None:
        if self.mark(","):
            return self._source(None, False)
        if self.word("CROSS"):
            self.need("JOIN")
            return self._source(None, False)
        if self.is_word("RIGHT", "FULL"):
            raise bad_query(f"{self.here().text.upper()} JOIN is not available: turn the tables round.")
        left = self.word("LEFT")
        if left:
            self.word("OUTER")
        elif not self.word("INNER") and not self.is_word("JOIN"):
            return None
        self.need("JOIN")
        bare = self._source(None, left)
        self.need("ON")
        return Source(bare.table, bare.alias, self.expression(), left, bare.query)

    def _ordered(self) -> Order:
        value = self.expression()
        descending = self.word("DESC")
        if not descending:
            self.word("ASC")
        nothing_first = descending
        if self.word("NULLS"):
            nothing_first = self.word("FIRST")
            if not nothing_first:
                self.need("LAST")
        return Order(value, descending, nothing_first)

    def _page(self) -> tuple[int, int | None]:
        skip, first = 0, None
        if self.word("OFFSET"):
            skip = int(self.take("number").text)
            if not self.word("ROWS"):
                self.need("ROW")
        if self.word("FETCH"):
            if not self.word("FIRST"):
                self.need("NEXT")
            first = int(self.take("number").text)
            if not self.word("ROWS"):
                self.need("ROW")
            self.need("ONLY")
        return skip, first
