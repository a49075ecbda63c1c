"""A place in a list that the environment continues by links: which link, made for which table and columns."""

from __future__ import annotations

import json
from dataclasses import dataclass

from adapters.crm.dynamics.environment import path_of
from adapters.crm.dynamics.feed.table import Table
from adapters.crm.dynamics.session import VENDOR
from adapters.errors import Retryable


@dataclass(frozen=True, slots=True)
class Cursor:
    """A link goes on with the columns it was made for, whatever is asked for by now: they are kept beside it."""

    table: str
    select: str
    path: str

    @classmethod
    def at(cls, table: Table, call: str, link: object) -> Cursor:
        """Where a link the environment told leads."""
        path = path_of(link) if isinstance(link, str) else ""
        if not path:
            raise Retryable(VENDOR, call, "the answer holds no link to go on with")
        return cls(table.name, table.select, path)

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None for a text that is no cursor of ours."""
        try:
            found = json.loads(text)
        except ValueError:
            return None
        if not isinstance(found, list) or len(found) != 3 or not all(isinstance(part, str) for part in found):
            return None
        return cls(*found)

    def text(self) -> str:
        return json.dumps([self.table, self.select, self.path])

    def fits(self, table: Table) -> bool:
        return (self.table, self.select) == (table.name, table.select)
