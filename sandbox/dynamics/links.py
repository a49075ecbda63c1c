"""Rows that belong together by a many-to-many relationship, and how they are bound and loosed."""

from __future__ import annotations

from sandbox.books import Books
from sandbox.dynamics.relations import Link

_KIND = "dynamics.link"


class Links:
    def __init__(self, books: Books) -> None:
        self._books = books

    def others(self, link: Link, navigation: str, table: str, key: str) -> list[str]:
        """The ids of the rows that the collection `navigation` of the row holds."""
        mine, theirs = ("one", "other") if self._first(link, navigation, table) else ("other", "one")
        return [str(doc[theirs]) for doc in self._books.find(_KIND, **{mine: key}) if doc["link"] == link.name]

    def bind(self, link: Link, navigation: str, table: str, key: str, other: str) -> None:
        """Binding twice changes nothing."""
        one, two = (key, other) if self._first(link, navigation, table) else (other, key)
        self._books.put(_KIND, f"{link.name}/{one}/{two}", {"link": link.name, "one": one, "other": two})

    def loose(self, link: Link, navigation: str, table: str, key: str, other: str) -> bool:
        """Whether they belonged together."""
        one, two = (key, other) if self._first(link, navigation, table) else (other, key)
        known = self._books.get(_KIND, f"{link.name}/{one}/{two}") is not None
        self._books.delete(_KIND, f"{link.name}/{one}/{two}")
        return known

    def drop(self, link: Link) -> None:
        for doc in self._books.find(_KIND, link=link.name):
            self._books.delete(_KIND, f"{doc['link']}/{doc['one']}/{doc['other']}")

    def drop_row(self, key: str) -> None:
        for doc in [*self._books.find(_KIND, one=key), *self._books.find(_KIND, other=key)]:
            self._books.delete(_KIND, f"{doc['link']}/{doc['one']}/{doc['other']}")

    def _first(self, link: Link, navigation: str, table: str) -> bool:
        """Whether the row is on the first side; a table related to itself has its two names for that."""
        return table == link.one and (link.one != link.other or navigation == link.one_navigation)
