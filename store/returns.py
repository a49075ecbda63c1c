"""Returns in PostgreSQL: the newest snapshot, the timeline, the contact, and what a move owes to the outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from domain.errors import WrongStage
from domain.order import Contact
from domain.returns import Snapshot
from store import search as finding
from store import snapshots
from store.engine import Database
from store.port import Move, Page, Search, TimelineEvent
from store.tables import contacts, moves, outbox, returns, timeline

# Carries the return's id when a move was recorded, for whoever shows returns live.
CHANNEL = "returns"


def _upsert_statement() -> ReturningInsert[tuple[dict[str, Any]]]:
    """Only a newer version changes the row, and nothing forgets the key of the first request. Answers the document
    before: a subquery sees what was there when the statement began."""
    old, new = returns.alias(), postgresql.insert(returns)
    before = select(old.c.snapshot).where(old.c.return_id == bindparam("mine"))
    newer: dict[str, Any] = {column.name: new.excluded[column.name] for column in returns.c if not column.primary_key}
    newer["request_key"] = func.coalesce(returns.c.request_key, new.excluded.request_key)
    return new.on_conflict_do_update(
        index_elements=["return_id"], set_=newer, where=returns.c.version < new.excluded.version
    ).returning(before.scalar_subquery())


# Composed once: that takes longer than to run it.
_UPSERT = _upsert_statement()


class PostgresReturns:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, move: Move) -> Snapshot | None:
        async with self._database.transaction() as connection:
            before = await _upsert(connection, move)
            if await _first_time(connection, move.snapshot):
                await _tell(connection, move)
        return snapshots.load(before) if before is not None else None

    async def save_contact(self, return_id: str, contact: Contact) -> None:
        row = asdict(contact)
        upsert = postgresql.insert(contacts).values(return_id=return_id, **row)
        async with self._database.transaction() as connection:
            await connection.execute(upsert.on_conflict_do_update(index_elements=["return_id"], set_=row))

    async def contact(self, return_id: str) -> Contact | None:
        wanted = select(contacts).where(contacts.c.return_id == return_id)
        async with self._database.transaction() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return Contact(row.name, row.email, row.customer_id, row.company) if row else None

    async def snapshot(self, return_id: str) -> Snapshot | None:
        wanted = select(returns.c.snapshot).where(returns.c.return_id == return_id)
        async with self._database.transaction() as connection:
            document = (await connection.execute(wanted)).scalar_one_or_none()
        return snapshots.load(document) if document is not None else None

    async def timeline(self, return_id: str) -> tuple[TimelineEvent, ...]:
        wanted = select(timeline).where(timeline.c.return_id == return_id)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted.order_by(timeline.c.version, timeline.c.seq))).all()
        return tuple(TimelineEvent(row.kind, row.text, row.at, row.actor, row.detail) for row in rows)

    async def search(self, search: Search) -> Page:
        wanted = finding.statement(search)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        shown = rows[: search.limit]
        more = finding.cursor(shown[-1].opened_at, shown[-1].return_id) if len(rows) > len(shown) else None
        return Page(tuple(snapshots.load(row.snapshot) for row in shown), more)


async def _upsert(connection: AsyncConnection, move: Move) -> dict[str, Any] | None:
    """Locks the return's row. Answers the document before."""
    values: dict[str, Any] = snapshots.row(move.snapshot) | {"request_key": move.request_key or None}
    now = select(returns.c.snapshot).where(returns.c.return_id == move.snapshot.return_id)
    try:
        done = await connection.execute(_UPSERT, values | {"mine": move.snapshot.return_id})
    except IntegrityError as error:
        if "one_return_per_request" not in str(error.orig):
            raise
        order, key = move.snapshot.order_id, move.request_key
        text = f"order {order} already has another return for the request {key!r}; search the order's returns for it"
        raise WrongStage(text) from error
    changed = done.one_or_none()
    document: dict[str, Any] | None = changed[0] if changed else (await connection.execute(now)).scalar_one()
    return document


async def _first_time(connection: AsyncConnection, snapshot: Snapshot) -> bool:
    mark = postgresql.insert(moves).values(return_id=snapshot.return_id, version=snapshot.version)
    done = await connection.execute(mark.on_conflict_do_nothing().returning(moves.c.version))
    return done.first() is not None


async def _tell(connection: AsyncConnection, move: Move) -> None:
    key = {"return_id": move.snapshot.return_id, "version": move.snapshot.version}
    if move.events:
        events = [key | {"seq": seq} | asdict(event) for seq, event in enumerate(move.events)]
        await connection.execute(insert(timeline), events)
    if move.outgoing:
        await connection.execute(insert(outbox), [key | asdict(outgoing) for outgoing in move.outgoing])
    await connection.execute(select(func.pg_notify(CHANNEL, move.snapshot.return_id)))
