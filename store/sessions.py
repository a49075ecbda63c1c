"""Sessions of people in PostgreSQL, so that one process knows whom another let in, and a sign-out counts everywhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, text

from security.roles import Principal, Role
from store import auditing
from store.engine import Database
from store.port.audit import Act
from store.port.sessions import Begun
from store.tables import sessions, sign_ins

_STREAM = "access"
# That somebody is still there is written at most once a minute: a page is many calls.
_SEEN = text("""
    WITH mine AS (
        SELECT * FROM sessions WHERE digest = :session AND ends_at > :now AND seen_at > :now - CAST(:idle AS interval)
    ), noted AS (
        UPDATE sessions SET seen_at = :now FROM mine
        WHERE :used AND sessions.digest = mine.digest AND mine.seen_at < :now - interval '1 minute'
    )
    SELECT * FROM mine
""")


class PostgresSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, state: str, browser: str, begun: Begun, now: datetime, ends_at: datetime) -> None:
        row = {"state": state, "browser": browser, "ends_at": ends_at}
        row |= {"nonce": begun.nonce, "verifier": begun.verifier, "goal": begun.goal}
        async with self._database.transaction() as connection:
            await connection.execute(delete(sign_ins).where(sign_ins.c.ends_at <= now))
            await connection.execute(insert(sign_ins).values(row))

    async def take(self, state: str, browser: str, now: datetime) -> Begun | None:
        mine = delete(sign_ins).where(sign_ins.c.state == state, sign_ins.c.browser == browser)
        mine = mine.where(sign_ins.c.ends_at > now)
        async with self._database.statement() as connection:
            found = await connection.execute(mine.returning(sign_ins.c.nonce, sign_ins.c.verifier, sign_ins.c.goal))
            row = found.one_or_none()
        return Begun(row.nonce, row.verifier, row.goal) if row else None

    async def open(self, session: str, who: Principal, now: datetime, ends_at: datetime) -> None:
        row = {"digest": session, "name": who.name, "shown": who.shown, "seen_at": now, "ends_at": ends_at}
        row |= {"roles": sorted(who.roles), "regions": sorted(who.regions), "shops": sorted(who.shops)}
        async with self._database.transaction() as connection:
            await connection.execute(delete(sessions).where(sessions.c.ends_at <= now))
            await connection.execute(insert(sessions).values(row))
            rights = {"roles": who.roles, "regions": who.regions, "shops": who.shops}
            after = {name: ", ".join(sorted(values)) for name, values in rights.items() if values}
            await auditing.append(connection, Act(_STREAM, who.name, "session:begin", who.name, after=after))

    async def seen(self, session: str, now: datetime, idle: timedelta, used: bool = True) -> Principal | None:
        values = {"session": session, "now": now, "idle": idle, "used": used}
        async with self._database.statement() as connection:
            found = await connection.execute(_SEEN, values)
            row = found.one_or_none()
        if row is None:
            return None
        # A role that a later version has not is no role any more.
        roles = frozenset(Role(role) for role in row.roles if role in set(Role))
        return Principal(row.name, roles, frozenset(row.regions), frozenset(row.shops), row.shown)

    async def end(self, session: str) -> None:
        ended = delete(sessions).where(sessions.c.digest == session).returning(sessions.c.name)
        async with self._database.transaction() as connection:
            name = (await connection.execute(ended)).scalar_one_or_none()
            if name is not None:
                await auditing.append(connection, Act(_STREAM, name, "session:end", name))

    async def end_all(self, name: str, actor: str, why: str) -> int:
        async with self._database.transaction() as connection:
            count = (await connection.execute(delete(sessions).where(sessions.c.name == name))).rowcount
            told = {"sessions": str(count)}
            await auditing.append(connection, Act(_STREAM, actor, "session:end", name, why, after=told))
        return count
