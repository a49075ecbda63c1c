"""A search as SQL: conditions with parameters only, and a cursor that continues behind the last row seen.

Pages go by (opened_at, return_id), which never change: a return that moves meanwhile is neither skipped nor repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, func, literal_column, select, tuple_

from domain.errors import BadInput
from store import pages, snapshots
from store.port import Search
from store.tables import contacts, returns
from store.tables.returns import DIFFER

# Each word of a text is looked for by itself, in every return there is; nobody has more at hand.
_MOST_WORDS, _MOST_LETTERS = 8, 200


def statement(search: Search) -> Select[Any]:
    """Selects one row more than `limit`, so that the caller knows whether there is a next page. Raises BadInput."""
    pages.check(search)
    wanted = select(snapshots.DOCUMENT, returns.c.opened_at, returns.c.return_id)
    wanted = wanted.where(*_conditions(search))
    if search.cursor:
        wanted = wanted.where(
            tuple_(returns.c.opened_at, returns.c.return_id) < tuple_(*pages.position(search.cursor, str))
        )
    return wanted.order_by(returns.c.opened_at.desc(), returns.c.return_id.desc()).limit(search.limit + 1)


def cursor(opened_at: datetime, return_id: str) -> str:
    return pages.cursor(opened_at, return_id)


def _conditions(search: Search) -> Iterator[ColumnElement[bool]]:
    for name in ("return_id", "order_id", "customer_id", "region", "channel"):
        if value := getattr(search, name):
            yield returns.c[name] == value
    if search.stages:
        yield returns.c.stage.in_([str(stage) for stage in search.stages])
    if search.regions:
        yield returns.c.region.in_(search.regions)
    if search.shops:
        yield returns.c.snapshot["shop"].as_string().in_(search.shops)
    if search.held is not None:
        yield returns.c.held if search.held else ~returns.c.held
    if search.hold_owner:
        yield returns.c.hold_owners.contains([str(search.hold_owner)])
    if search.hold_reason:
        yield returns.c.snapshot["holds"].contains([{"reason": search.hold_reason}])
    if search.proposed:
        # An object, whatever is in it: on the other holds it is null. Few returns are held at all.
        yield returns.c.held & returns.c.snapshot["holds"].contains([{"proposal": {}}])
    if search.differ:
        yield literal_column(f"({DIFFER.text})", Boolean)
    if search.authorization:
        # The words are indexed, and narrow it down to a few; which of their words it is, the document says.
        number = returns.c.snapshot["quote"]["authorization_number"].as_string()
        yield returns.c.words.contains(search.authorization.lower(), autoescape=True)
        yield (number == search.authorization) | (
            returns.c.snapshot["authorization"].as_string() == search.authorization
        )
    if search.sku:
        yield returns.c.skus.contains([search.sku])
    if search.tracking:
        yield returns.c.tracking.contains([search.tracking])
    if search.opened_before:
        yield returns.c.opened_at < search.opened_before
    if search.opened_after:
        yield returns.c.opened_at >= search.opened_after
    if search.email:
        yield _contact_where(func.lower(contacts.c.email) == func.lower(search.email.strip()))
    # Every word of the text must be found somewhere.
    for word in _words(search.text or ""):
        yield _has_word(word.lower())


def _words(text: str) -> list[str]:
    words = text.split()
    if len(words) > _MOST_WORDS or len(text) > _MOST_LETTERS:
        raise BadInput("text", f"has at most {_MOST_WORDS} words and {_MOST_LETTERS} characters")
    return words


def _has_word(word: str) -> ColumnElement[bool]:
    # A union and not an OR over two tables: so each side is found by its own trigram index.
    again = returns.alias()
    somewhere = select(again.c.return_id).where(again.c.words.contains(word, autoescape=True))
    # Whole or not at all: by parts of it anybody who searches could read, letter by letter, what is masked for them.
    by_email = select(contacts.c.return_id).where(func.lower(contacts.c.email) == func.lower(word))
    return returns.c.return_id.in_(somewhere.union(by_email))


def _contact_where(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return returns.c.return_id.in_(select(contacts.c.return_id).where(condition))
