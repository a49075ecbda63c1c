"""Notices in PostgreSQL: the rows of the outbox's lane for customers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import TextClause, text

from store import auditing
from store.engine import Database
from store.port import Act, Sent
from store.port.audit import stream_of_return

_OWED = text("""
    SELECT sending FROM outbox
    WHERE return_id = :return_id AND lane = 'notice' AND subject = :subject AND delivered_at IS NULL LIMIT 1
""")
_SENT = text("""
    UPDATE outbox SET delivered_at = now(), dead_at = NULL, reason = '', message_id = :message_id
    WHERE return_id = :return_id AND lane = 'notice' AND subject = :subject AND delivered_at IS NULL
""")
_LOST = text("""
    UPDATE outbox SET lost = lost + 1
    WHERE return_id = :return_id AND lane = 'notice' AND subject = :subject AND delivered_at IS NULL RETURNING lost
""")
# A version is recorded once with its events, so what is added to a recorded one has its places to itself.
_BOUNCED = text("""
    WITH marked AS (
        UPDATE outbox SET delivered_at = NULL, dead_at = now(), bounced_at = now(), reason = :reason
        WHERE return_id = :return_id AND lane = 'notice' AND subject = :subject AND bounced_at IS NULL
        RETURNING return_id
    )
    INSERT INTO timeline (return_id, version, seq, kind, text, at, actor, detail)
    SELECT found.return_id, found.version,
           (SELECT coalesce(max(seq) + 1, 0) FROM timeline AS told
            WHERE told.return_id = found.return_id AND told.version = found.version),
           'notice_bounced', :told, now(), 'mail', CAST(:detail AS jsonb)
    FROM returns AS found JOIN marked USING (return_id)
""")
_WHOSE = text("SELECT return_id, subject FROM outbox WHERE message_id = :message_id LIMIT 1")
_AGAIN = text("""
    UPDATE outbox SET sending = sending + 1, lost = 0, dead_at = NULL, bounced_at = NULL, reason = ''
    WHERE return_id = :return_id AND lane = 'notice' AND subject = :subject
      AND dead_at IS NOT NULL AND delivered_at IS NULL
    RETURNING id
""")
_OF = text("""
    SELECT subject, version, created_at, delivered_at, dead_at, reason, bounced_at, sending, lost
    FROM outbox WHERE return_id = :return_id AND lane = 'notice' ORDER BY id
""")


class PostgresNotices:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def owed(self, return_id: str, subject: str) -> int:
        return int(await self._one(_OWED, return_id=return_id, subject=subject) or 0)

    async def sent(self, return_id: str, subject: str, message_id: str) -> None:
        async with self._database.statement() as connection:
            await connection.execute(_SENT, {"return_id": return_id, "subject": subject, "message_id": message_id})

    async def lost(self, return_id: str, subject: str) -> int:
        return int(await self._one(_LOST, return_id=return_id, subject=subject) or 0)

    async def bounced(self, return_id: str, subject: str, code: str) -> None:
        told = f"the notice {subject!r} did not reach the customer ({code})"
        given = {"reason": f"bounced: {code}", "told": told, "detail": f'{{"notice": "{subject}"}}'}
        async with self._database.statement() as connection:
            await connection.execute(_BOUNCED, {"return_id": return_id, "subject": subject} | given)

    async def whose(self, message_id: str) -> tuple[str, str] | None:
        async with self._database.statement() as connection:
            row = (await connection.execute(_WHOSE, {"message_id": message_id})).one_or_none()
        return (row.return_id, row.subject) if row else None

    async def again(self, return_id: str, subject: str, by: str) -> bool:
        stream = stream_of_return(return_id)
        async with self._database.transaction() as connection:
            done = await connection.execute(_AGAIN, {"return_id": return_id, "subject": subject})
            if done.first() is None:
                return False
            await auditing.append(connection, Act(stream, by, "notice:send", stream, after={"notice": subject}))
        return True

    async def of(self, return_id: str) -> tuple[Sent, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_OF, {"return_id": return_id})).all()
        return tuple(Sent(*row) for row in rows)

    async def _one(self, statement: TextClause, **given: Any) -> Any:
        async with self._database.statement() as connection:
            return (await connection.execute(statement, given)).scalar()
