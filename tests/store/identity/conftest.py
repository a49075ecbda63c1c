"""A desk with everything that the store knows of parties, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain.identity.record import PartyRecord, Ref, customer, in_crm
from security.marks import MarkKey
from store.engine import Database
from store.links import PostgresLinks
from store.parties import PostgresParties
from store.stewardship import PostgresStewards
from store.weighing import PostgresWeighing

KEY = MarkKey(bytes(range(32)))
ANNA: dict[str, Any] = {"name": "Anna Vogel", "email": "anna.vogel@example.test"}
BERND: dict[str, Any] = {"name": "Bernd Kranich", "email": "bernd@example.test"}
START = datetime(2026, 11, 20, 9, tzinfo=UTC)


def after(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


@dataclass
class People:
    database: Database
    key: MarkKey | None = KEY

    def __post_init__(self) -> None:
        self.links = PostgresLinks(self.database)
        self.parties = PostgresParties(self.database, self.key)
        self.stewards = PostgresStewards(self.database)
        self.weighing = PostgresWeighing(self.database)

    async def buyer(self, number: str, **said: str) -> str:
        """A customer of the shop; answers the party."""
        return (await self.parties.standing(PartyRecord(customer(number, ""), said), "main")).party

    async def contact(self, record: str, org: str = "main", same_as: Ref | None = None, **said: str) -> str:
        """A contact of a CRM; answers the party."""
        told = PartyRecord(in_crm(org, "Contact", record), said, same_as)
        return (await self.parties.standing(told, org)).party

    async def party(self, ref: Ref) -> str:
        """Whose the record is by now."""
        return (await self.stewards.links(ref))[0]

    async def reference(self) -> list[tuple[str, str]]:
        """The whole cross-reference: record and party."""
        return [
            (row.external_id, str(row.party_id)) for row in await self.rows("SELECT * FROM party_links ORDER BY id")
        ]

    async def rows(self, question: str, **values: object) -> list[Any]:
        async with self.database.transaction() as connection:
            return list((await connection.execute(text(question), values)).all())

    async def run(self, change: str, **values: object) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(text(change), values)


@pytest.fixture
async def people(postgres_url: str) -> AsyncIterator[People]:
    database = Database(postgres_url)
    yield People(database)
    await database.close()
