"""The environment's tables and relationships: the standard ones, and what clients have added to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sandbox.books import Books, Doc
from sandbox.dynamics import tailoring
from sandbox.dynamics.relations import Link, Relation, relations_of
from sandbox.dynamics.schema import Column, Table
from sandbox.dynamics.tables import TABLES

_ADDED, _LINKS = "dynamics.definition", "dynamics.manytomany"


class Catalogue:
    """What was added stands in the books; the tables are put together again only when that has changed."""

    def __init__(self, books: Books, now: Callable[[], datetime]) -> None:
        """`now` tells conditions that speak of today what time it is there."""
        self._books, self.now = books, now
        self._seen: list[Doc] | None = None
        self._tables: dict[str, Table] = {}
        self._relations: tuple[Relation, ...] = ()

    def tables(self) -> tuple[Table, ...]:
        self._refresh()
        return tuple(self._tables.values())

    def find(self, name: str) -> Table | None:
        """By logical name."""
        self._refresh()
        return self._tables.get(name)

    def find_set(self, entity_set: str) -> Table | None:
        return next((each for each in self.tables() if each.entity_set == entity_set), None)

    def relations(self) -> tuple[Relation, ...]:
        self._refresh()
        return self._relations

    def links(self) -> list[Link]:
        """The many-to-many relationships."""
        return [Link(**doc) for doc in self._books.all(_LINKS)]

    def leading_from(self, table: Table, navigation: str) -> Relation | None:
        """The lookup's property. Case counts."""
        return next((r for r in self.relations() if r.table.name == table.name and r.navigation == navigation), None)

    def leading_back(self, table: Table, navigation: str) -> Relation | None:
        """The collection of the rows that lead to a row of `table`."""
        return next((r for r in self.relations() if r.target.name == table.name and r.name == navigation), None)

    def link(self, table: Table, navigation: str) -> Link | None:
        """The many-to-many relationship that a collection of `table` stands for."""
        return next((each for each in self.links() if navigation in each.navigations(table.name)), None)

    def collected(self, table: Table, navigation: str) -> Table | None:
        """The table of the rows in a collection."""
        relation, link = self.leading_back(table, navigation), self.link(table, navigation)
        if relation is not None:
            return relation.table
        return None if link is None else self.find(link.navigations(table.name)[navigation])

    def add_table(self, table: Table) -> None:
        made = {name: value for name, value in asdict(table).items() if name not in ("columns", "keys")}
        self._put(table, made, list(table.columns), table.keys)

    def drop_table(self, table: Table) -> None:
        self._books.delete(_ADDED, table.name)
        for link in self.links():
            if table.name in (link.one, link.other):
                self.drop_link(link)

    def change(self, table: Table, columns: list[Column], keys: Mapping[str, tuple[str, ...]]) -> None:
        """`columns` and `keys` are all that the table is to have; of a standard table only what was added is kept."""
        own = next((each for each in TABLES if each.name == table.name), None)
        if own is None:
            known = self._books.get(_ADDED, table.name)
            assert known is not None, f"{table.name} is neither a standard table nor one that was added"
            self._put(table, known["made"], columns, keys)
            return
        new_keys = {name: parts for name, parts in keys.items() if name not in own.keys}
        self._put(table, None, [column for column in columns if column not in own.columns], new_keys)

    def add_link(self, link: Link) -> None:
        self._books.put(_LINKS, link.name, asdict(link))

    def drop_link(self, link: Link) -> None:
        self._books.delete(_LINKS, link.name)

    def added(self, table: Table) -> bool:
        """Whether a client has made the table."""
        return all(each.name != table.name for each in TABLES)

    def _put(
        self, table: Table, made: dict[str, Any] | None, columns: list[Column], keys: Mapping[str, tuple[str, ...]]
    ) -> None:
        """`made` is what an added table is beside its columns and keys; nothing for a standard table."""
        shown = {"columns": [asdict(column) for column in columns], "keys": {name: list(keys[name]) for name in keys}}
        self._books.put(_ADDED, table.name, {"name": table.name, "made": made, **shown})

    def _refresh(self) -> None:
        docs = [*self._books.all(_ADDED), *self._books.all(tailoring.KIND)]
        if self._seen is not None and len(docs) == len(self._seen) and all(map(_same, docs, self._seen)):
            return
        tables = {table.name: table for table in TABLES}
        for doc in self._books.all(_ADDED):
            table = _with(doc, tables)
            tables[table.name] = table
        tables = tailoring.tailored(tables, self._books.all(tailoring.KIND))
        self._seen, self._tables, self._relations = docs, tables, relations_of(tables)


def _same(one: Doc, other: Doc) -> bool:
    # A document that was put again, or read back after a rollback, is another object.
    return one is other


def _with(doc: Doc, standard: dict[str, Table]) -> Table:
    columns = {column["name"]: _column(column) for column in doc["columns"]}
    keys = {name: tuple(parts) for name, parts in doc["keys"].items()}
    made = doc["made"]
    if made is None:
        table = standard[doc["name"]]
        known = {column.name: column for column in table.columns}
        return replace(table, columns=tuple((known | columns).values()), keys={**table.keys, **keys})
    states = {int(state): tuple(reasons) for state, reasons in made["states"].items()}
    return Table(**made | {"columns": tuple(columns.values()), "keys": keys, "states": states})


def _column(doc: dict[str, Any]) -> Column:
    lists = {name: tuple(doc[name]) for name in ("options", "targets")}
    labels = {int(value): words for value, words in doc["labels"].items()}
    return Column(**doc | lists | {"labels": labels})
