"""The SELECT statement of `?sql=` read into a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.errors import Fault
from sandbox.dynamics.query import conditions
from sandbox.dynamics.query.filters import Condition, Group, Literal, Opposite, Test
from sandbox.dynamics.schema import Table
from sandbox.dynamics.select.plan import Join, Order, Output, Plan, Source
from sandbox.dynamics.select.sql_words import Words, refuse

_FUNCTIONS = {"COUNT": "countcolumn", "SUM": "sum", "AVG": "avg", "MIN": "min", "MAX": "max"}
_COMPARISONS = {"=": "eq", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_RESERVED = {
    "AS", "ON", "JOIN", "INNER", "LEFT", "WHERE", "GROUP", "ORDER", "OFFSET", "FROM", "UNION", "HAVING", "RIGHT",
    "FULL", "CROSS", "OUTER",
}  # fmt: skip
_MOST = 5000


@dataclass(frozen=True, slots=True)
class _Column:
    """As it was written: with or without the alias of its table."""

    alias: str
    name: str


@dataclass(frozen=True, slots=True)
class _Item:
    column: _Column | None
    aggregate: str
    distinct: bool
    alias: str


def read(catalogue: Catalogue, text: str, expected: Table) -> Plan:
    """`expected` is the table of the address. Raises for a statement that cannot be read or is not covered."""
    return _Reader(catalogue, Words(text), expected).statement()


class _Reader:
    def __init__(self, catalogue: Catalogue, words: Words, expected: Table) -> None:
        self._catalogue, self._words, self._expected = catalogue, words, expected
        self._sources: dict[str, Table] = {}

    def statement(self) -> Plan:
        self._words.expect("SELECT")
        distinct = self._words.accept("DISTINCT")
        top = self._words.whole() if self._words.accept("TOP") else None
        items = [self._item()]
        while self._words.accept(","):
            items.append(self._item())
        self._words.expect("FROM")
        root = self._source()
        if root.table.name != self._expected.name:
            refuse(f"The statement reads '{root.table.name}', but the address is that of '{self._expected.name}'.")
        joins = []
        while (join := self._join()) is not None:
            joins.append(join)
        condition = self._either() if self._words.accept("WHERE") else None
        groups: list[_Column] = []
        if self._words.accept("GROUP"):
            self._words.expect("BY")
            groups = [self._column()]
            while self._words.accept(","):
                groups.append(self._column())
        grouped = bool(groups) or any(item.aggregate for item in items)
        outputs = self._outputs(items, root, groups, grouped=grouped)
        order = self._order(outputs, grouped=grouped)
        skip = 0
        if self._words.accept("OFFSET"):
            skip = self._words.whole()
            self._words.expect("ROWS", "ROW")
            self._words.expect("FETCH")
            self._words.expect("NEXT", "FIRST")
            top = self._words.whole()
            self._words.expect("ROWS", "ROW")
            self._words.expect("ONLY")
        self._words.accept(";")
        if self._words.here:
            refuse(f"'{self._words.here}' is not supported here.")
        if top is not None and top > _MOST:
            refuse(f"TOP must be between 0 and {_MOST}.")
        plan = Plan(root, tuple(joins), condition, tuple(outputs), tuple(order), grouped, distinct, skip, top)
        return replace(plan, sources=self._sources)

    def _item(self) -> _Item:
        word = self._words.next()
        if word.text == "*":
            refuse("SELECT * is not supported: name the columns.")
        function = _FUNCTIONS.get(word.text.upper())
        aggregate, distinct = "", False
        if function and self._words.accept("("):
            distinct = self._words.accept("DISTINCT")
            column: _Column | None = None
            if function == "countcolumn" and self._words.accept("*"):
                function = "count"
            else:
                column = self._column()
            self._words.expect(")")
            aggregate = function
        else:
            self._words.back()
            column = self._column()
        alias = self._words.name() if self._words.accept("AS") else ""
        if not alias and self._words.peek("name") and self._words.here not in _RESERVED:
            alias = self._words.name()
        return _Item(column, aggregate, distinct, alias)

    def _source(self) -> Source:
        name = self._words.name().lower()
        table = self._catalogue.find(name)
        if table is None:
            raise Fault(400, "0x80041102", f"The entity with a name = '{name}' was not found in the MetadataCache.")
        alias = name
        if self._words.accept("AS") or (self._words.peek("name") and self._words.here not in _RESERVED):
            alias = self._words.name().lower()
        if alias in self._sources:
            refuse(f"The name '{alias}' is used twice.")
        self._sources[alias] = table
        return Source(alias, table)

    def _join(self) -> Join | None:
        outer = self._words.accept("LEFT")
        if outer:
            self._words.accept("OUTER")
        elif not self._words.accept("INNER") and not self._words.peek("name", "JOIN"):
            return None
        self._words.expect("JOIN")
        source = self._source()
        self._words.expect("ON")
        one = self._reference(self._column())
        self._words.expect("=")
        other = self._reference(self._column())
        if one.partition(".")[0] == source.alias:
            one, other = other, one
        if other.partition(".")[0] != source.alias or one.partition(".")[0] == source.alias:
            refuse(f"The condition of the join must compare a column of '{source.alias}' with one of another table.")
        return Join(source, other.partition(".")[2], one, outer=outer)

    def _outputs(self, items: list[_Item], root: Source, groups: list[_Column], *, grouped: bool) -> list[Output]:
        keys = [self._reference(column) for column in groups]
        outputs: list[Output] = []
        for item in items:
            if item.column is None:
                outputs.append(Output(item.alias or _free("count", outputs), "", item.aggregate, aliased=True))
                continue
            reference = self._reference(item.column)
            alias, _, stored = reference.partition(".")
            if grouped and not item.aggregate and reference not in keys:
                refuse(f"'{item.column.name}' must be in GROUP BY or in an aggregate function.")
            plain = item.aggregate or (stored if alias == root.alias else item.column.name)
            taken = any(output.name == plain for output in outputs)
            name = item.alias or (f"{alias}.{item.column.name}" if taken and not item.aggregate else plain)
            group = grouped and not item.aggregate
            free = name if item.alias else _free(name, outputs)
            outputs.append(Output(free, reference, item.aggregate, item.distinct, group, aliased=bool(item.alias)))
        return outputs

    def _order(self, outputs: list[Output], *, grouped: bool) -> list[Order]:
        if not self._words.accept("ORDER"):
            return []
        self._words.expect("BY")
        found = [self._one_order(outputs, grouped=grouped)]
        while self._words.accept(","):
            found.append(self._one_order(outputs, grouped=grouped))
        return found

    def _one_order(self, outputs: list[Output], *, grouped: bool) -> Order:
        column = self._column()
        named = next((output for output in outputs if not column.alias and output.name == column.name), None)
        if named is not None and (grouped or named.aliased):
            by = named.name if grouped else named.reference
        else:
            by = self._reference(column)
            if grouped:
                by = next((output.name for output in outputs if output.reference == by and output.group), "")
            if not by:
                refuse(f"ORDER BY '{column.name}': it is not among the selected columns.")
        descending = self._words.accept("DESC")
        if not descending:
            self._words.accept("ASC")
        return Order(by, descending)

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._words.accept("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Group(tuple(parts), every=False)

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._words.accept("AND"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Group(tuple(parts), every=True)

    def _single(self) -> Condition:
        if self._words.accept("NOT"):
            return Opposite(self._single())
        if self._words.accept("("):
            if self._words.peek("name", "SELECT"):
                refuse("Subqueries are not supported.")
            inner = self._either()
            self._words.expect(")")
            return inner
        if not self._words.peek("name"):
            refuse("A condition must compare a column with a value.")
        written = self._column()
        column = self._reference(written)
        kind = conditions.kind_of(self._sources[column.partition(".")[0]], column.partition(".")[2])
        if self._words.accept("IS"):
            empty = not self._words.accept("NOT")
            self._words.expect("NULL")
            return Test(column, "eq" if empty else "ne", (Literal("null", None),))
        opposite = self._words.accept("NOT")
        test = self._test(column, kind, written.name, opposite=opposite)
        if not opposite and test.operator != "ne":
            return test
        # As in SQL, what is empty is neither equal nor unequal to anything.
        known = Test(column, "ne", (Literal("null", None),))
        return Group((known, Opposite(test) if opposite else test), every=True)

    def _test(self, column: str, kind: str, name: str, *, opposite: bool) -> Test:
        if self._words.accept("LIKE"):
            return Test(column, "like", (Literal("text", self._words.text()),))
        if self._words.accept("IN"):
            self._words.expect("(")
            if self._words.peek("name", "SELECT"):
                refuse("Subqueries are not supported.")
            values = [self._value(kind, name)]
            while self._words.accept(","):
                values.append(self._value(kind, name))
            self._words.expect(")")
            return Test(column, "in", tuple(values))
        if self._words.accept("BETWEEN"):
            low = self._value(kind, name)
            self._words.expect("AND")
            return Test(column, "between", (low, self._value(kind, name)))
        word = self._words.next()
        operator = _COMPARISONS.get(word.text)
        if operator is None or opposite:
            refuse(f"Incorrect syntax near '{word.text}'.")
        return Test(column, operator, (self._value(kind, name),))

    def _value(self, kind: str, name: str) -> Literal:
        word = self._words.next()
        if word.kind not in ("text", "number"):
            refuse("A condition must compare a column with a literal value.")
        text = word.text[1:-1].replace("''", "'") if word.kind == "text" else word.text
        return conditions.literal(kind, name, text)

    def _reference(self, column: _Column) -> str:
        alias = column.alias.lower()
        if alias and alias not in self._sources:
            refuse(f"'{column.alias}' is the name of no table in the statement.")
        among = {alias: self._sources[alias]} if alias else self._sources
        found = [f"{name}.{stored}" for name, table in among.items() if (stored := table.reads(column.name.lower()))]
        if not found:
            raise conditions.no_column(next(iter(among.values())), column.name)
        if len(found) > 1:
            refuse(f"Ambiguous column name '{column.name}'.")
        return found[0]

    def _column(self) -> _Column:
        first = self._words.name()
        if self._words.accept("."):
            return _Column(first, self._words.name())
        if self._words.peek("mark", "("):
            refuse(f"The function '{first}' is not supported.")
        return _Column("", first)


def _free(name: str, outputs: list[Output]) -> str:
    taken = {output.name for output in outputs}
    return (
        name
        if name not in taken
        else next(f"{name}_{n}" for n in range(1, len(taken) + 2) if f"{name}_{n}" not in taken)
    )
