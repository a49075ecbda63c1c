"""Requests to erase a person in PostgreSQL; what the erasing itself does to the books is in erasing.py."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from security.marks import MarkKey
from store import erasing, locks, subjects
from store.engine import Database
from store.port import Erasure, ErasureState, Part, Subject
from store.tables import erasure_parts, erasures

_SUBJECT = TypeAdapter(Subject)
_OVER = (ErasureState.DONE, ErasureState.INCOMPLETE, ErasureState.WITHDRAWN)


class PostgresErasures:
    """Without a key mailboxes are not marked, and none is matched either."""

    def __init__(self, database: Database, key: MarkKey | None) -> None:
        self._database, self._key = database, key

    async def find(self, customer_id: str, email: str) -> Subject:
        async with self._database.transaction() as connection:
            return await subjects.find(connection, customer_id, email)

    async def ask(self, erasure: Erasure) -> Erasure:
        row = {
            "request_id": erasure.request_id, "by_whom": erasure.by, "why": erasure.why, "asked_at": erasure.asked_at,
            "answer_by": erasure.answer_by, "state": str(erasure.state), "subject": _document(erasure.subject),
        }  # fmt: skip
        async with self._database.transaction() as connection:
            await connection.execute(postgresql.insert(erasures).values(row).on_conflict_do_nothing())
            found = await _one(connection, erasure.request_id)
        assert found is not None, "it was written by the line above"
        return found

    async def get(self, request_id: str) -> Erasure | None:
        async with self._database.transaction() as connection:
            return await _one(connection, request_id)

    async def listed(self) -> tuple[Erasure, ...]:
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(erasures).order_by(erasures.c.asked_at.desc()))).all()
            return tuple([await _read(connection, row) for row in rows])

    async def looked(self, request_id: str) -> Erasure | None:
        async with self._database.transaction() as connection:
            wanted = select(erasures).where(erasures.c.request_id == request_id).with_for_update()
            row = (await connection.execute(wanted)).one_or_none()
            if row is not None and row.erased_at is None:
                grown = await subjects.whole(connection, _SUBJECT.validate_python(row.subject))
                mine = update(erasures).where(erasures.c.request_id == request_id)
                await connection.execute(mine.values(subject=_document(grown)))
            return await _one(connection, request_id)

    async def move(self, request_id: str, state: ErasureState, waits_for: tuple[str, ...] = ()) -> None:
        over = state in _OVER
        moved = update(erasures).where(erasures.c.request_id == request_id, erasures.c.state != ErasureState.DONE)
        if state in (ErasureState.WAITING, ErasureState.WITHDRAWN):
            # Once it has begun nobody takes it back.
            moved = moved.where(erasures.c.state == ErasureState.WAITING)
        ended = func.now() if over else None
        async with self._database.statement() as connection:
            await connection.execute(moved.values(state=str(state), waits_for=list(waits_for), ended_at=ended))

    async def erase(self, request_id: str) -> dict[str, int]:
        async with self._database.in_turn() as connection:
            await locks.identity(connection)
            found = await _one(connection, request_id)
            assert found is not None, "only what was asked for is erased"
            done = await erasing.erase(connection, request_id, found.subject, self._key, found.by)
            mine = update(erasures).where(erasures.c.request_id == request_id)
            await connection.execute(mine.values(erased_at=func.coalesce(erasures.c.erased_at, func.now())))
        return done

    async def note(self, request_id: str, part: Part) -> None:
        row = {"request_id": request_id, "name": part.name, "what": dict(part.what), "refused": part.refused}
        new = postgresql.insert(erasure_parts).values(row)
        newer = {"what": new.excluded.what, "refused": new.excluded.refused, "at": func.now()}
        async with self._database.statement() as connection:
            await connection.execute(new.on_conflict_do_update(index_elements=["request_id", "name"], set_=newer))


async def _one(connection: AsyncConnection, request_id: str) -> Erasure | None:
    row = (await connection.execute(select(erasures).where(erasures.c.request_id == request_id))).one_or_none()
    return await _read(connection, row) if row is not None else None


async def _read(connection: AsyncConnection, row: Row[Any]) -> Erasure:
    wanted = select(erasure_parts).where(erasure_parts.c.request_id == row.request_id).order_by(erasure_parts.c.at)
    parts = (await connection.execute(wanted)).all()
    return Erasure(
        request_id=row.request_id,
        by=row.by_whom,
        why=row.why,
        asked_at=row.asked_at,
        answer_by=row.answer_by,
        state=ErasureState(row.state),
        subject=_SUBJECT.validate_python(row.subject),
        waits_for=tuple(row.waits_for),
        ended_at=row.ended_at,
        parts=tuple(Part(part.name, part.what, part.refused, part.at) for part in parts),
    )


def _document(subject: Subject) -> Any:
    return _SUBJECT.dump_python(subject, mode="json")
