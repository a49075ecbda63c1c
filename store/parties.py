"""Parties in PostgreSQL: a record is matched as it comes in, and is told whose it is at once when nothing is new."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.keys import MAILBOX, keys
from domain.identity.placing import VERIFIED, Judged, Placing, place
from domain.identity.record import PartyRecord, Ref
from security.marks import MarkKey
from store import forest, locks
from store.candidates import candidates, told_apart, weights_now
from store.engine import Database
from store.forest import Found, Link
from store.forgetting import forget
from store.port import Live, Standing, UnknownParty
from store.tables import match_decisions, party_keys, party_links

# Of several live records in one org the oldest counts: a party is shown at one place.
_STANDING = text("""
    SELECT mine.id, mine.party_id, mine.state, mine.fingerprint, mine.suppressed,
        (SELECT external_id FROM party_links WHERE party_id = mine.party_id AND system = 'crm' AND org = :in_org
            AND object = 'contact' AND state = 'active' ORDER BY id LIMIT 1) AS contact,
        (SELECT account.external_id FROM party_links AS theirs
            JOIN party_accounts ON link_id = theirs.id AND party_accounts.org = :in_org
            JOIN party_links AS account ON account.id = account_id
            WHERE theirs.party_id = mine.party_id AND account.state = 'active'
            ORDER BY theirs.id <> mine.id, theirs.id LIMIT 1) AS account
    FROM party_links AS mine
    WHERE mine.system = :system AND mine.org = :org AND mine.object = :object AND mine.external_id = :external_id
""")

# Composed once, and all of a record at once: it may be compared with many.
_COMPARED = text("""
    INSERT INTO party_comparisons (one, other, levels)
    SELECT least(:link, link), greatest(:link, link), CAST(translate(pattern, '[]', '{}') AS smallint[])
    FROM unnest(CAST(:others AS bigint[]), CAST(:patterns AS text[])) AS compared(link, pattern)
    ON CONFLICT (one, other) DO UPDATE SET levels = excluded.levels
""")
_MATCHED = text("UPDATE party_links SET fingerprint = :fingerprint WHERE id = :id")
_FORGOTTEN = text("SELECT EXISTS (SELECT FROM suppressed_keys WHERE hmac = ANY(CAST(:codes AS bytea[])))")
_KEEP = text("""
    WITH codes AS (
        INSERT INTO party_keys (link_id, hmac, kind)
        SELECT :link, hmac, kind FROM unnest(CAST(:codes AS bytea[]), CAST(:kinds AS text[])) AS mine(hmac, kind)
    )
    INSERT INTO party_details (link_id, fields) VALUES (:link, CAST(:fields AS jsonb))
    ON CONFLICT (link_id) DO UPDATE SET fields = excluded.fields
""")
_LINKS_OF = text("SELECT count(*) FROM party_links WHERE party_id = :party AND state = 'active'")

# As text: with a parameter in its place, a plan that is kept would not find the index any more.
_IS_OPEN = text("outcome = 'open'")


class PostgresParties:
    """Without a key nothing is matched, and nothing that is said of a party is kept."""

    def __init__(self, database: Database, key: MarkKey | None) -> None:
        self._database, self._key = database, key

    async def standing(self, record: PartyRecord, org: str, seen_at: datetime | None = None) -> Standing:
        record = record.known()
        fingerprint, ref = self._fingerprint(record), record.ref
        asked = {
            "system": ref.system,
            "org": ref.org,
            "object": ref.object,
            "external_id": ref.external_id,
            "in_org": org,
        }
        async with self._database.statement() as connection:
            known = (await connection.execute(_STANDING, asked)).one_or_none()
        if known is not None and (known.suppressed or (known.state == "active" and known.fingerprint == fingerprint)):
            return _standing(known)
        async with self._database.in_turn() as connection:
            await locks.identity(connection)
            await self._take_in(connection, record, fingerprint, seen_at)
            return _standing((await connection.execute(_STANDING, asked)).one())

    async def forget(self, ref: Ref, by: str, why: str) -> int:
        async with self._database.in_turn() as connection:
            await locks.identity(connection)
            row = await forest.find(connection, ref)
            if row is None:
                raise UnknownParty(f"no record {ref} is known")
            return await forget(connection, row.party_id, by, why)

    def _fingerprint(self, record: PartyRecord) -> str:
        """What of the record, and under which key, was matched already; without a key only what it is tied to."""
        said = asdict(replace(record, fields={})) | {"fields": dict(record.fields) if self._key else {}}
        return self._key.fingerprint(said) if self._key else f"{record.same_as or ''}"

    async def _take_in(
        self, connection: AsyncConnection, record: PartyRecord, fingerprint: str, seen_at: datetime | None
    ) -> None:
        row = await forest.find_or_add(connection, record.ref)
        if row.suppressed:
            return
        if row.state != "active":
            if seen_at is None or seen_at <= row.state_at:
                return
            await forest.set_state(connection, row, "active", seen_at)
            await forest.audit(connection, "backhaul", "revived", "", {"link": row.id, "state": row.state})
        await connection.execute(_MATCHED, {"id": row.id, "fingerprint": fingerprint})
        codes = self._codes(record)
        if await _forgotten(connection, codes):
            await connection.execute(update(party_links).where(party_links.c.id == row.id).values(suppressed=True))
            # It was somebody else's so far, or said something else.
            await forest.erase(connection, [row.id])
            await forest.audit(connection, "backhaul", "suppressed", "its mailbox was forgotten", {"link": row.id})
            return
        if self._key is None:
            await self._follow(connection, row, record)
            return
        await _keep(connection, row, record, codes)
        fields, found = await candidates(connection, row, record, codes)
        if not found:
            return
        version, weights = await weights_now(connection)
        placing = place(fields, found, weights)
        await _apply(connection, row, placing, version)

    async def _follow(self, connection: AsyncConnection, row: Link, record: PartyRecord) -> None:
        """Without a key: only to the record that it names itself."""
        if record.same_as is None:
            return
        other = await forest.find_or_add(connection, record.same_as)
        if other.party_id not in await told_apart(connection, row.party_id):
            await forest.join(connection, row, other, Found("auto", "backhaul", rule=VERIFIED))

    def _codes(self, record: PartyRecord) -> dict[bytes, str]:
        """Code -> kind of every key of the record."""
        return {self._key.code(key): key[0] for key in keys(record)} if self._key else {}


def _standing(known: Any) -> Standing:
    return Standing(str(known.party_id), known.id, Live(known.contact, known.account))


async def _forgotten(connection: AsyncConnection, codes: dict[bytes, str]) -> bool:
    mailboxes = [code for code, kind in codes.items() if kind == MAILBOX]
    return bool(mailboxes and (await connection.execute(_FORGOTTEN, {"codes": mailboxes})).scalar_one())


async def _keep(connection: AsyncConnection, row: Link, record: PartyRecord, codes: dict[bytes, str]) -> None:
    if row.fingerprint:
        # It said something else before.
        await connection.execute(delete(party_keys).where(party_keys.c.link_id == row.id))
    kept = {
        "link": row.id,
        "codes": list(codes),
        "kinds": list(codes.values()),
        "fields": json.dumps(dict(record.fields)),
    }
    await connection.execute(_KEEP, kept)


async def _apply(connection: AsyncConnection, row: Link, placing: Placing, version: str) -> None:
    if compared := [judged for judged in placing.compared if any(judged.pattern)]:
        others = [judged.candidate.link for judged in compared]
        patterns = [json.dumps(judged.pattern) for judged in compared]
        await connection.execute(_COMPARED, {"link": row.id, "others": others, "patterns": patterns})
    reviews = list(placing.reviews)
    if (best := placing.link) is not None:
        if best.rule == VERIFIED or await _alone(connection, row):
            stays = await forest.by_number(connection, best.candidate.link)
            features = best.levels
            found = Found("auto", "backhaul", "", best.rule, best.weight, features, version)
            await forest.join(connection, row, stays, found)
        else:
            # What is already linked is not moved by a machine.
            reviews.insert(0, best)
    for judged in reviews:
        await _ask_people(connection, row, judged, version)


async def _alone(connection: AsyncConnection, row: Link) -> bool:
    return bool((await connection.execute(_LINKS_OF, {"party": row.party_id})).scalar_one() == 1)


async def _ask_people(connection: AsyncConnection, row: Link, judged: Judged, version: str) -> None:
    one, other = sorted((row.id, judged.candidate.link))
    asked = postgresql.insert(match_decisions).values(
        one=one, other=other, verdict="review", outcome="open", rule=judged.rule, score=judged.weight,
        features=judged.levels, weights_version=version, by_whom="backhaul",
    )  # fmt: skip
    newer = {name: asked.excluded[name] for name in ("rule", "score", "features", "weights_version")}
    await connection.execute(
        asked.on_conflict_do_update(index_elements=["one", "other"], index_where=_IS_OPEN, set_=newer)
    )
