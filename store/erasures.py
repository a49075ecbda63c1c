"""Requests to erase a person in PostgreSQL; what the erasing itself does to the books is in erasing.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from security.marks import MarkKey
from store import auditing, erasing, locks, subjects
from store.engine import Database
from store.port import Act, Erasure, ErasureState, Part, Subject
from store.tables import erasure_parts, erasures

_SUBJECT = TypeAdapter(Subject)
_OVER = (ErasureState.DONE, ErasureState.INCOMPLETE, ErasureState.WITHDRAWN)


class PostgresErasures:
    """Without a key mailboxes are not marked, and none is matched either."""

    def __init__(self, database: Database, key: MarkKey | None) -> None:
        self._database, self._key = database, key

    async def find(self, customer_id: str, email: str, orders: tuple[str, ...] = ()) -> Subject:
        async with self._database.transaction() as connection:
            return await subjects.find(connection, customer_id, email, orders)

    async def ask(self, erasure: Erasure) -> Erasure:
        row = {
            "request_id": erasure.request_id, "by_whom": erasure.by, "why": erasure.why, "asked_at": erasure.asked_at,
            "answer_by": erasure.answer_by, "state": str(erasure.state), "subject": _document(erasure.subject),
        }  # fmt: skip
        async with self._database.transaction() as connection:
            new = postgresql.insert(erasures).values(row).on_conflict_do_nothing()
            if (await connection.execute(new)).rowcount:
                await _tell(connection, erasure.request_id, erasure.by, "ask", {}, erasure.why)
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

    async def move(
        self, request_id: str, state: ErasureState, waits_for: tuple[str, ...] = (), by: str = "backhaul"
    ) -> None:
        moved = update(erasures).where(erasures.c.request_id == request_id, erasures.c.state != ErasureState.DONE)
        if state in (ErasureState.WAITING, ErasureState.WITHDRAWN):
            # Once it has begun nobody takes it back.
            moved = moved.where(erasures.c.state == ErasureState.WAITING)
        ended = func.now() if state in _OVER else None
        async with self._database.transaction() as connection:
            done = await connection.execute(moved.values(state=str(state), waits_for=list(waits_for), ended_at=ended))
            if state in _OVER and done.rowcount:
                await _tell(connection, request_id, by, state, {"state": str(state)})

    async def erase(self, request_id: str) -> dict[str, int]:
        async with self._database.in_turn() as connection:
            await locks.identity(connection)
            found = await _one(connection, request_id)
            assert found is not None, "only what was asked for is erased"
            done = await erasing.erase(connection, request_id, found.subject, self._key, found.by)
            mine = update(erasures).where(erasures.c.request_id == request_id, erasures.c.erased_at.is_(None))
            if (await connection.execute(mine.values(erased_at=func.now()))).rowcount:
                counts = {name: str(many) for name, many in done.items()}
                await _tell(connection, request_id, found.by, "erase", counts, found.why)
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


async def _tell(
    connection: AsyncConnection, request_id: str, by: str, verb: str, after: Mapping[str, str], why: str = ""
) -> None:
    """Of a person's own there is nothing in it; the request names returns and records by their ids."""
    act = Act("privacy", by, f"person:{verb}", request_id, why, after=after)
    await auditing.append(connection, act)


def _document(subject: Subject) -> Any:
    return _SUBJECT.dump_python(subject, mode="json")
