"""The cross-reference in PostgreSQL: what became of a CRM's records, and which of them stand for whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.placing import VERIFIED
from domain.identity.record import ACCOUNT, CONTACT, Ref, in_crm
from store import forest, locks
from store.engine import Database
from store.forest import Found, Link
from store.port import Live
from store.tables import party_accounts

# A chain that bites its own tail, as bad data may have it, is followed once around and ends nowhere.
_SURVIVOR = text("""
    WITH RECURSIVE chain AS (
        SELECT id, merged_to, state, external_id FROM party_links
        WHERE system = :system AND org = :org AND object = :object AND external_id = :external_id
        UNION
        SELECT next.id, next.merged_to, next.state, next.external_id
        FROM party_links AS next JOIN chain ON next.id = chain.merged_to AND chain.state = 'merged'
    )
    SELECT external_id FROM chain WHERE state = 'active'
""")
_LEADS = text("""
    WITH RECURSIVE chain AS (
        SELECT id, merged_to FROM party_links WHERE id = :start
        UNION
        SELECT next.id, next.merged_to FROM party_links AS next JOIN chain ON next.id = chain.merged_to
    )
    SELECT EXISTS (SELECT FROM chain WHERE id = :target)
""")
_GOES_TO = text("""
    INSERT INTO party_accounts (link_id, org, account_id) VALUES (:link, :org, :account)
    ON CONFLICT (link_id, org) DO UPDATE SET account_id = excluded.account_id
""")


class PostgresLinks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def survivor(self, org: str, of: str, record: str) -> str | None:
        ref = in_crm(org, of, record)
        named = {"system": ref.system, "org": ref.org, "object": ref.object, "external_id": ref.external_id}
        async with self._database.statement() as connection:
            found: str | None = (await connection.execute(_SURVIVOR, named)).scalar_one_or_none()
        return found

    async def merged(self, org: str, of: str, loser: str, winner: str, at: datetime) -> bool:
        gone, stays = in_crm(org, of, loser), in_crm(org, of, winner)
        if gone == stays:
            return False
        async with self._database.in_turn() as connection:
            await locks.identity(connection)
            lost, won = await forest.find_or_add(connection, gone), await forest.find_or_add(connection, stays)
            if lost.state == "merged" and lost.merged_to == won.id:
                return False
            if lost.state_at > at and lost.state != "tombstone":
                # It came back to life, or went elsewhere, after this was said.
                return False
            if await _leads(connection, won, lost):
                # The winner had lost to this one before, and was brought back since.
                await forest.set_state(connection, won, "active", at)
            await forest.set_state(connection, lost, "merged", at, won.id)
            by = f"{gone.system}:{org}"
            before = {"link": lost.id, "state": lost.state, "merged_to": lost.merged_to}
            await forest.audit(connection, by, "merged", "", before, {"state": "merged", "merged_to": won.id})
            await forest.join(connection, lost, won, Found("human", by, "merged in the CRM"))
            moved = update(party_accounts).where(party_accounts.c.account_id == lost.id)
            await connection.execute(moved.values(account_id=won.id))
        return True

    async def gone(self, org: str, of: str, record: str, at: datetime) -> bool:
        async with self._database.in_turn() as connection:
            await locks.identity(connection)
            row = await forest.find_or_add(connection, in_crm(org, of, record))
            if row.state != "active" or row.state_at > at:
                return False
            await _bury(connection, row, at, f"crm:{org}", "deleted in the CRM")
        return True

    async def shown(self, link: int, org: str, before: Live, now: Live) -> None:
        pairs = ((CONTACT, before.contact, now.contact), (ACCOUNT, before.account, now.account))
        changed = [(of, old, new) for of, old, new in pairs if new is not None and new != old]
        if not changed:
            return
        async with self._database.in_turn() as connection:
            await locks.identity(connection)
            at = (await connection.execute(text("SELECT now()"))).scalar_one()
            for of, old, new in changed:
                if old is not None:
                    row = await forest.find_or_add(connection, in_crm(org, of, old))
                    if row.state == "active":
                        await _bury(connection, row, at, "backhaul", "the CRM did not have it when it was shown")
                row = await _alive(connection, in_crm(org, of, str(new)), at)
                if of == ACCOUNT:
                    await _goes_to(connection, link, org, row)
                else:
                    await _stands_for(connection, link, row)


async def _alive(connection: AsyncConnection, ref: Ref, at: datetime) -> Link:
    """The record that was shown. When a merge of it was told meanwhile, the one that is left: that it lives again the
    CRM would tell."""
    row = await forest.find_or_add(connection, ref)
    left, passed = row, {row.id}
    while left.state == "merged" and left.merged_to not in passed:
        left = await forest.by_number(connection, left.merged_to)
        passed.add(left.id)
    if left.state == "active":
        return left
    await forest.set_state(connection, row, "active", at)
    await forest.audit(connection, "backhaul", "revived", "", {"link": row.id, "state": row.state})
    return row


async def _goes_to(connection: AsyncConnection, link: int, org: str, account: Link) -> None:
    await connection.execute(_GOES_TO, {"link": link, "org": org, "account": account.id})


async def _stands_for(connection: AsyncConnection, link: int, row: Link) -> None:
    """The CRM's record is that of the customer, unless a person said that it is not."""
    customer = await forest.by_number(connection, link)
    if not await forest.apart(connection, row.party_id, customer.party_id):
        await forest.join(connection, row, customer, Found("auto", "backhaul", rule=VERIFIED))


async def _bury(connection: AsyncConnection, row: Link, at: datetime, by: str, why: str) -> None:
    """What it said goes with it; should it come back, it is taken in anew."""
    await forest.set_state(connection, row, "tombstone", at)
    await forest.erase(connection, [row.id])
    await forest.audit(connection, by, "gone", why, {"link": row.id, "state": row.state}, {"state": "tombstone"})


async def _leads(connection: AsyncConnection, start: Link, target: Link) -> bool:
    return bool((await connection.execute(_LEADS, {"start": start.id, "target": target.id})).scalar_one())
