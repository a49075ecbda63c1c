"""Keys of messages in PostgreSQL: the first message that comes with a key is what the key stands for."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from store.engine import Database
from store.tables import said


class PostgresSaid:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, place: str, key: str, digest: str) -> str:
        # Nothing is changed by the update: it is the way to be told the row that is there.
        row = insert(said).values(place=place, key=key, digest=digest)
        row = row.on_conflict_do_update(index_elements=["place", "key"], set_={"place": said.c.place})
        async with self._database.statement() as connection:
            found: str = (await connection.execute(row.returning(said.c.digest))).scalar_one()
        return found

    async def known(self, place: str, key: str) -> bool:
        wanted = select(func.count()).where(said.c.place == place, said.c.key == key)
        async with self._database.statement() as connection:
            return bool((await connection.execute(wanted)).scalar_one())

    async def release(self, place: str, key: str, digest: str) -> None:
        mine = (said.c.place == place, said.c.key == key, said.c.digest == digest)
        async with self._database.statement() as connection:
            await connection.execute(delete(said).where(*mine))
