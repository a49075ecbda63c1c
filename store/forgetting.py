"""A party is forgotten: what it was found by goes, and the marks stay that keep it from being taken in again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.keys import MAILBOX
from store import forest
from store.tables import match_decisions, party_keys, party_links, suppressed_keys


async def forget(connection: AsyncConnection, party: UUID, by: str, why: str) -> int:
    """All its records, of which it answers how many there are. The lock of identity is held by the caller."""
    mine = select(party_links.c.id).where(party_links.c.party_id == party)
    mailboxes = select(party_keys.c.hmac).where(party_keys.c.link_id.in_(mine), party_keys.c.kind == MAILBOX)
    marked = postgresql.insert(suppressed_keys).from_select(["hmac"], mailboxes.distinct())
    await connection.execute(marked.on_conflict_do_nothing())
    await forest.erase(connection, mine)
    open_ = match_decisions.c.outcome == "open"
    about = match_decisions.c.one.in_(mine) | match_decisions.c.other.in_(mine)
    await connection.execute(update(match_decisions).where(open_, about).values(outcome="void"))
    erased = update(party_links).where(party_links.c.party_id == party)
    count = (await connection.execute(erased.values(suppressed=True))).rowcount
    await forest.audit(connection, by, "forget", why, {"party": party}, {"records": count})
    return int(count)


async def mark(connection: AsyncConnection, codes: Collection[bytes]) -> None:
    """Mailboxes that no record may bring in again."""
    if codes:
        rows = [{"hmac": code} for code in codes]
        await connection.execute(postgresql.insert(suppressed_keys).values(rows).on_conflict_do_nothing())
