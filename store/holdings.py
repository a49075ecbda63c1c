"""What is held of a person, read from PostgreSQL as one document, in the transaction that tells the audit of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store import auditing, whereabouts
from store.engine import Database
from store.forest import ref_of
from store.port import Act, Kept, Subject
from store.port.audit import stream_of_return
from store.tables import change_notes, change_requests, contacts, party_details, party_links, returns, timeline


class PostgresHoldings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, subject: Subject, by: str, why: str) -> dict[str, Any]:
        mine = subject.returns
        happened = select(timeline).where(timeline.c.return_id.in_(mine))
        said = (
            select(party_links, party_details.c.fields)
            .join(party_details, party_details.c.link_id == party_links.c.id)
            .where(party_links.c.id.in_(subject.links))
        )
        async with self._database.transaction() as connection:
            document = {
                "contacts": await _rows(connection, select(contacts).where(contacts.c.return_id.in_(mine))),
                "returns": await _rows(
                    connection,
                    select(returns.c.return_id, returns.c.snapshot).where(returns.c.return_id.in_(mine)),
                ),
                "timeline": await _rows(
                    connection, happened.order_by(timeline.c.return_id, timeline.c.version, timeline.c.seq)
                ),
                "requests": await _rows(
                    connection, select(change_requests).where(change_requests.c.return_id.in_(mine))
                ),
                "notes": await _rows(connection, select(change_notes).where(change_notes.c.return_id.in_(mine))),
                "records": [
                    {"record": str(ref_of(row)), "says": row.fields} for row in (await connection.execute(said)).all()
                ],
                "records_elsewhere": [str(ref) for ref in subject.records],
                "orders_elsewhere": list(subject.orders),
            }
            await _tell(connection, "person:export_person", subject, by, why)
        return document

    async def kept(self, subject: Subject, by: str, why: str) -> tuple[Kept, ...]:
        async with self._database.transaction() as connection:
            found = await whereabouts.of(connection, subject)
            await _tell(connection, "person:look", subject, by, why)
        return found


async def _tell(connection: AsyncConnection, action: str, subject: Subject, by: str, why: str) -> None:
    """Whose data they were is told by their returns: a person has no name in the audit."""
    mine = subject.returns
    about = stream_of_return(mine[0]) if mine else "no return"
    await auditing.append(connection, Act("privacy", by, action, about, why, after={"returns": ", ".join(mine)}))


async def _rows(connection: AsyncConnection, wanted: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in (await connection.execute(wanted)).all()]
