"""Requests for a change in PostgreSQL. They are written by recording.py, in the transaction of the move."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Text, literal, select
from sqlalchemy.dialects import postgresql

from domain.change_request import ChangeRequest, RequestKind, RequestState, RequestStatus
from store.engine import Database
from store.port import Erased
from store.tables import change_notes, change_requests, erased_returns


class PostgresChanges:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, return_id: str, request_id: str) -> RequestState | None:
        wanted = _of(return_id).where(change_requests.c.id == request_id)
        async with self._database.statement() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return _state(row) if row else None

    async def of(self, return_id: str) -> tuple[RequestState, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_of(return_id).order_by(change_requests.c.place))).all()
        return tuple(_state(row) for row in rows)

    async def save_note(self, return_id: str, request_id: str, text: str) -> None:
        gone = select(erased_returns.c.return_id).where(erased_returns.c.return_id == return_id)
        row = {"return_id": return_id, "request_id": request_id, "text": text}
        kept = select(*(literal(value, Text).label(name) for name, value in row.items())).where(~gone.exists())
        insert = postgresql.insert(change_notes).from_select(list(row), kept)
        async with self._database.statement() as connection:
            kept_now = (await connection.execute(insert.on_conflict_do_nothing())).rowcount
            if not kept_now and (await connection.execute(gone)).one_or_none():
                raise Erased(f"whose return {return_id} was has been erased; no note is kept with it any more")

    async def notes(self, return_id: str) -> dict[str, str]:
        wanted = select(change_notes.c.request_id, change_notes.c.text).where(change_notes.c.return_id == return_id)
        async with self._database.statement() as connection:
            return {row.request_id: row.text for row in await connection.execute(wanted)}


def _of(return_id: str) -> Any:
    return select(change_requests).where(change_requests.c.return_id == return_id)


def _state(row: Row[Any]) -> RequestState:
    kind, status = RequestKind(row.kind), RequestStatus(row.status)
    request = ChangeRequest(row.id, kind, row.value, row.source, row.asked_by, row.asked_at)
    return RequestState(request, status, row.sentence, row.answered_at)
