"""The rows of a table when its columns change: they are not changed by it in the sense of their version."""

from __future__ import annotations

from sandbox.books import Books
from sandbox.dynamics.links import Links
from sandbox.dynamics.schema import Row, Table


class Reshaping:
    def __init__(self, books: Books) -> None:
        self._books, self._links = books, Links(books)

    def fill(self, table: Table, values: Row) -> None:
        """New columns have these values in the rows that are there."""
        for row in self._books.all(table.kind):
            self._books.put(table.kind, row[table.id], row | values)

    def drop(self, table: Table, names: list[str]) -> None:
        """Columns are gone from every row."""
        for row in self._books.all(table.kind):
            kept = {name: value for name, value in row.items() if name not in names}
            self._books.put(table.kind, row[table.id], kept)

    def forget(self, table: Table) -> None:
        """The table is gone, and every row with it."""
        for row in self._books.all(table.kind):
            self._books.delete(table.kind, row[table.id])
            self._links.drop_row(row[table.id])
