"""Whom a record may be: other parties' records that are found by the same codes, with what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.keys import LOYALTY, MAILBOX, ORDER, PHONE, TELLING
from domain.identity.placing import Candidate, for_population, shared_mailbox
from domain.identity.rarity import SHARED_BY
from domain.identity.record import PartyRecord
from domain.identity.weights import Weights, load, shipped
from store import forest
from store.forest import Link

# A code that more records have tells nobody apart, and is not followed.
MOST_OF_CODE = 200
# So many records are compared with a new one, those with most in common first.
MOST_COMPARED = 60

_PARTIES_OF_CODE = text("""
    SELECT kind, hmac, count(DISTINCT party_id) AS parties FROM party_keys JOIN party_links ON party_links.id = link_id
    WHERE hmac = ANY(:codes) AND state = 'active' GROUP BY kind, hmac
""")
_MEETING = text("""
    WITH usable AS MATERIALIZED (
        SELECT hmac FROM unnest(CAST(:codes AS bytea[])) AS mine(hmac)
        WHERE (SELECT count(*) FROM (SELECT FROM party_keys AS k WHERE k.hmac = mine.hmac LIMIT :beyond) AS found)
              < :beyond
    ), meeting AS (
        SELECT link_id, count(DISTINCT kind) AS kinds, count(*) FILTER (WHERE kind NOT IN ('b', 'n', 'e')) AS loose,
               bool_or(kind = ANY(:telling)) AS telling, array_agg(DISTINCT kind) AS by_kinds
        FROM party_keys JOIN usable USING (hmac) GROUP BY link_id
    )
    SELECT links.id, links.party_id, party_details.fields, by_kinds
    FROM meeting JOIN party_links AS links ON links.id = link_id JOIN party_details ON party_details.link_id = links.id
    WHERE links.party_id <> :party AND links.state = 'active' AND (telling OR kinds >= 2 OR loose >= 2)
    ORDER BY telling DESC, kinds DESC, loose DESC, links.id LIMIT :compared
""")
_PARTIES = text("""
    SELECT party_id, count(*) AS records,
           bool_or(system = :system AND org = :org AND object = :object) AS taken
    FROM party_links WHERE party_id = ANY(:parties) AND state = 'active' GROUP BY party_id
""")
# The highest number ever given counts records well enough, and without reading them all.
_WEIGHTS = text("""
    SELECT counted.records AS now, saved.version, saved.document, saved.records
    FROM (SELECT coalesce(max(id), 0) AS records FROM party_links) AS counted
    LEFT JOIN identity_weights AS saved ON saved.active
""")
_TOLD_APART = text("""
    SELECT b.party_id FROM identity_facts JOIN party_links AS a ON a.id = one JOIN party_links AS b ON b.id = other
    WHERE kind = 'apart' AND a.party_id = :party
    UNION
    SELECT a.party_id FROM identity_facts JOIN party_links AS a ON a.id = one JOIN party_links AS b ON b.id = other
    WHERE kind = 'apart' AND b.party_id = :party
""")


async def candidates(
    connection: AsyncConnection, row: Link, record: PartyRecord, codes: Mapping[bytes, str]
) -> tuple[dict[str, str], list[Candidate]]:
    """The record's fields without those that too many share, and whom to compare it with."""
    shared = await _shared(connection, codes)
    fields = dict(record.fields)
    mailbox = shared.get(MAILBOX, 0)
    if shared_mailbox(fields.get("email", ""), mailbox):
        del fields["email"]
    if shared.get(PHONE, 0) > SHARED_BY:
        del fields["phone"]
    # Of a shared mailbox or telephone no part says anything.
    dropped = {MAILBOX, "e"} if "email" not in fields else set()
    dropped |= {PHONE, "p"} if "phone" not in fields else set()
    dropped |= {kind for kind in (ORDER, LOYALTY) if shared.get(kind, 0) > SHARED_BY}
    followed = [code for code, kind in codes.items() if kind not in dropped]
    asked = {"codes": followed, "beyond": MOST_OF_CODE + 1, "telling": list(TELLING), "party": row.party_id}
    met = (await connection.execute(_MEETING, asked | {"compared": MOST_COMPARED})).all()
    found = {
        one.id: Candidate(
            one.id, str(one.party_id), one.fields, order=ORDER in one.by_kinds, loyalty=LOYALTY in one.by_kinds
        )
        for one in met
    }
    await _named(connection, row, record, found)
    return fields, await _of_parties(connection, row, list(found.values()))


async def told_apart(connection: AsyncConnection, party: UUID) -> frozenset[UUID]:
    """The parties that people told apart from this one."""
    return frozenset((await connection.execute(_TOLD_APART, {"party": party})).scalars())


async def weights_now(connection: AsyncConnection) -> tuple[str, Weights]:
    """The active weights as of the population, and what they are called."""
    saved = (await connection.execute(_WEIGHTS)).one()
    if saved.version is None:
        return f"shipped-{shipped().version}", for_population(shipped(), saved.now)
    return str(saved.version), for_population(load(saved.document), saved.now, saved.records)


async def _shared(connection: AsyncConnection, codes: Mapping[bytes, str]) -> dict[str, int]:
    """How many parties have the record's mailbox, telephone, loyalty number and orders."""
    asked = [code for code, kind in codes.items() if kind in (MAILBOX, PHONE, ORDER, LOYALTY)]
    counted: dict[str, int] = {}
    for one in await connection.execute(_PARTIES_OF_CODE, {"codes": asked}):
        counted[one.kind] = max(one.parties, counted.get(one.kind, 0))
    return counted


async def _named(connection: AsyncConnection, row: Link, record: PartyRecord, found: dict[int, Candidate]) -> None:
    """Add whom the record itself names; it may be unknown so far."""
    if record.same_as is None:
        return
    other = await forest.find_or_add(connection, record.same_as)
    if other.party_id != row.party_id:
        details = found[other.id].fields if other.id in found else {}
        found[other.id] = Candidate(other.id, str(other.party_id), details, verified=True)


async def _of_parties(connection: AsyncConnection, row: Link, found: Sequence[Candidate]) -> list[Candidate]:
    if not found:
        return []
    asked = {"parties": list({UUID(one.party) for one in found})}
    source = {"system": row.system, "org": row.org, "object": row.object}
    known = {str(one.party_id): one for one in await connection.execute(_PARTIES, asked | source)}
    apart = {str(party) for party in await told_apart(connection, row.party_id)}
    return [
        Candidate(
            one.link, one.party, one.fields, one.verified, one.order, one.loyalty,
            known[one.party].records if one.party in known else 0,
            one.party in known and known[one.party].taken,
            one.party in apart,
        )
        for one in found
    ]  # fmt: skip
