"""Returns in PostgreSQL: the newest snapshot, the timeline, the contact, and what a move owes to the outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, Text, bindparam, select, text

from domain.order import Contact
from domain.returns import Snapshot
from store import recording, snapshots
from store import search as finding
from store.engine import Database
from store.port import Erased, Move, Page, Search, TimelineEvent
from store.tables import contacts, erased_returns, returns, timeline

# Composed once: that takes longer than to run them.
_MINE = bindparam("mine", type_=Text)
_SNAPSHOT = select(snapshots.DOCUMENT).where(returns.c.return_id == _MINE)
_CONTACT = select(contacts).where(contacts.c.return_id == _MINE)
_BOTH = (
    select(snapshots.DOCUMENT, contacts)
    .join(contacts, contacts.c.return_id == returns.c.return_id)
    .where(returns.c.return_id == _MINE)
)
_SAVE_CONTACT = text("""
    INSERT INTO contacts (return_id, name, email, customer_id, company, language)
    SELECT CAST(:return_id AS text), :name, :email, :customer_id, CAST(:company AS text), :language
    WHERE NOT EXISTS (SELECT FROM erased_returns WHERE return_id = :return_id)
    ON CONFLICT (return_id) DO UPDATE
    SET name = excluded.name, email = excluded.email, customer_id = excluded.customer_id, company = excluded.company,
        language = excluded.language
""")
_ERASED = select(erased_returns.c.return_id).where(erased_returns.c.return_id == _MINE)


class PostgresReturns:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, move: Move) -> Snapshot | None:
        async with self._database.statement() as connection:
            return await recording.record(connection, move)

    async def save_contact(self, return_id: str, contact: Contact) -> None:
        async with self._database.statement() as connection:
            await connection.execute(_SAVE_CONTACT, {"return_id": return_id} | asdict(contact))

    async def contact(self, return_id: str) -> Contact | None:
        async with self._database.statement() as connection:
            row = (await connection.execute(_CONTACT, {"mine": return_id})).one_or_none()
        return _contact(row) if row else None

    async def snapshot(self, return_id: str) -> Snapshot | None:
        async with self._database.statement() as connection:
            document = (await connection.execute(_SNAPSHOT, {"mine": return_id})).scalar_one_or_none()
        return snapshots.load(document) if document is not None else None

    async def with_contact(self, return_id: str) -> tuple[Snapshot, Contact] | None:
        async with self._database.statement() as connection:
            row = (await connection.execute(_BOTH, {"mine": return_id})).one_or_none()
            if row is None and (await connection.execute(_ERASED, {"mine": return_id})).one_or_none():
                raise Erased(f"whose return {return_id} was has been erased; it is shown to nobody any more")
        return (snapshots.load(row.snapshot), _contact(row)) if row else None

    async def timeline(self, return_id: str) -> tuple[TimelineEvent, ...]:
        wanted = select(timeline).where(timeline.c.return_id == return_id)
        async with self._database.statement() as connection:
            rows = (await connection.execute(wanted.order_by(timeline.c.version, timeline.c.seq))).all()
        return tuple(TimelineEvent(row.kind, row.text, row.at, row.actor, row.detail) for row in rows)

    async def search(self, search: Search) -> Page:
        wanted = finding.statement(search)
        async with self._database.statement() as connection:
            rows = (await connection.execute(wanted)).all()
        shown = rows[: search.limit]
        more = finding.cursor(shown[-1].opened_at, shown[-1].return_id) if len(rows) > len(shown) else None
        return Page(tuple(snapshots.load(row.snapshot) for row in shown), more)


def _contact(row: Row[Any]) -> Contact:
    return Contact(row.name, row.email, row.customer_id, row.company, row.language)
