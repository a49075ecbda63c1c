"""What people decide about who is who, in PostgreSQL: each decision one transaction with its facts and its audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import BadInput
from domain.identity.record import Ref
from security.mask import masked
from store import forest, locks
from store.engine import Database
from store.forest import Found, Link
from store.port import AlreadySettled, Decision, Duplicates, Linked, Quality, Review, RuleCount, UnknownParty
from store.tables import match_decisions, party_links

_LINKS = text("""
    SELECT links.*, details.fields, into_link.system AS into_system, into_link.org AS into_org,
           into_link.object AS into_object, into_link.external_id AS into_external_id
    FROM party_links AS links
    LEFT JOIN party_details AS details ON details.link_id = links.id
    LEFT JOIN party_links AS into_link ON into_link.id = links.merged_to
    WHERE links.id = ANY(:links)
    ORDER BY links.id
""")
_DECISIONS = text("""
    SELECT d.*, a.system AS one_system, a.org AS one_org, a.object AS one_object, a.external_id AS one_external_id,
           b.system AS other_system, b.org AS other_org, b.object AS other_object, b.external_id AS other_external_id
    FROM match_decisions AS d JOIN party_links AS a ON a.id = d.one JOIN party_links AS b ON b.id = d.other
    WHERE d.id = ANY(:ids) OR d.one = ANY(:links) OR d.other = ANY(:links)
    ORDER BY d.id
""")
# What came together otherwise, or is gone by now, nobody needs to look at.
_QUEUE = text("""
    SELECT d.* FROM match_decisions AS d JOIN party_links AS a ON a.id = d.one JOIN party_links AS b ON b.id = d.other
    WHERE d.outcome = 'open' AND a.party_id <> b.party_id AND a.state = 'active' AND b.state = 'active'
      AND (CAST(:review AS bigint) IS NULL OR d.id = :review)
    ORDER BY d.score DESC, d.id LIMIT :most
""")
_SOURCES = text("""
    WITH live AS (
        SELECT system, org, object, party_id, count(*) AS many FROM party_links
        WHERE state = 'active' GROUP BY system, org, object, party_id
    ), doubts AS (
        SELECT a.system, a.org, a.object, count(*) AS many
        FROM match_decisions JOIN party_links AS a ON a.id = one JOIN party_links AS b ON b.id = other
        WHERE outcome = 'open' AND (a.system, a.org, a.object) = (b.system, b.org, b.object)
        GROUP BY a.system, a.org, a.object
    )
    SELECT system, org, object, sum(live.many) AS records, count(*) AS parties,
           count(*) FILTER (WHERE live.many > 1) AS several, coalesce(max(doubts.many), 0) AS reviews
    FROM live LEFT JOIN doubts USING (system, org, object) GROUP BY system, org, object ORDER BY system, org, object
""")
_RULES = text("""
    SELECT CASE WHEN rule = '' THEN 'weights' ELSE rule END AS rule,
           count(*) FILTER (WHERE outcome = 'linked') AS linked,
           count(*) FILTER (WHERE outcome = 'undone') AS undone
    FROM match_decisions WHERE verdict = 'auto' GROUP BY 1 ORDER BY 1
""")


class PostgresStewards:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def queue(self, limit: int, by: str = "", reveal: str = "", review: int | None = None) -> tuple[Review, ...]:
        async with self._database.transaction() as connection:
            rows = (await connection.execute(_QUEUE, {"most": limit, "review": review})).all()
            sides = await _linked(connection, {side for row in rows for side in (row.one, row.other)}, by, reveal)
        return tuple(
            Review(
                row.id, sides[row.one], sides[row.other], row.score, row.rule, row.features, row.weights_version, row.at
            )
            for row in rows
        )

    async def accept(self, review: int, by: str, why: str) -> Decision:
        async with self._database.transaction() as connection:
            _, one, other = await _open(connection, review)
            # The elder record's party survives.
            await forest.join(connection, other, one, Found("human", by, why), review)
            return await _decision(connection, review)

    async def reject(self, review: int, by: str, why: str) -> Decision:
        async with self._database.transaction() as connection:
            _, one, other = await _open(connection, review)
            await _settle(connection, review, by, why)
            await forest.fact(connection, one.id, other.id, "apart", review)
            await forest.audit(connection, by, "reject", why, {"outcome": "open"}, {"decision": review})
            return await _decision(connection, review)

    async def merge(self, keep: str, other: str, by: str, why: str) -> Decision:
        async with self._database.transaction() as connection:
            await locks.identity(connection)
            stays, goes = await _first_of(connection, keep), await _first_of(connection, other)
            decision = await forest.join(connection, goes, stays, Found("human", by, why))
            if decision is None:
                raise AlreadySettled(f"{keep} and {other} are one party already")
            return await _decision(connection, decision)

    async def unmerge(self, decision: int, by: str, why: str) -> Decision:
        async with self._database.transaction() as connection:
            await locks.identity(connection)
            row = await _row(connection, decision)
            if row.outcome != "linked":
                raise AlreadySettled(f"decision {decision} is {row.outcome}: there is nothing to take back")
            await forest.take_back(connection, row)
            one, other = await forest.by_number(connection, row.one), await forest.by_number(connection, row.other)
            before = {"party": row.into_party, "decision": decision}
            after = {"parties": f"{one.party_id}, {other.party_id}"}
            if one.party_id == other.party_id:
                # Other decisions hold them together: that they are two, nobody has said so far.
                await forest.audit(connection, by, "unmerge", why, before, after)
                return replace(await _decision(connection, decision), into=str(one.party_id))
            told = insert(match_decisions).values(
                one=row.one, other=row.other, verdict="human", outcome="refused", by_whom=by, why=why
            )
            refused = (await connection.execute(told.returning(match_decisions.c.id))).scalar_one()
            await forest.fact(connection, row.one, row.other, "apart", refused)
            await forest.audit(connection, by, "unmerge", why, before, after | {"decision": refused})
            return replace(await _decision(connection, decision), into=None)

    async def links(self, of: str | Ref, by: str = "", reveal: str = "") -> tuple[str, tuple[Linked, ...]]:
        async with self._database.transaction() as connection:
            party = await _party(connection, of)
            mine = (await connection.execute(select(party_links.c.id).where(party_links.c.party_id == party))).scalars()
            found = await _linked(connection, set(mine), by, reveal)
        return str(party), tuple(found[link] for link in sorted(found))

    async def decisions(self, of: str | Ref) -> tuple[Decision, ...]:
        async with self._database.transaction() as connection:
            party = await _party(connection, of)
            mine = (await connection.execute(select(party_links.c.id).where(party_links.c.party_id == party))).scalars()
            rows = (await connection.execute(_DECISIONS, {"ids": [], "links": list(mine)})).all()
        return tuple(map(_as_decision, rows))

    async def quality(self) -> Quality:
        open_ = match_decisions.c.outcome == "open"
        queue = select(func.count(), func.min(match_decisions.c.at)).where(open_)
        async with self._database.transaction() as connection:
            sources = (await connection.execute(_SOURCES)).all()
            rules = (await connection.execute(_RULES)).all()
            many, oldest = (await connection.execute(queue)).one()
        told = tuple(
            Duplicates(
                row.system, row.org, row.object, int(row.records), int(row.parties), int(row.several), int(row.reviews)
            )
            for row in sources
        )
        return Quality(told, tuple(RuleCount(row.rule, row.linked, row.undone) for row in rules), many, oldest)


async def _open(connection: AsyncConnection, review: int) -> tuple[Any, Link, Link]:
    await locks.identity(connection)
    row = await _row(connection, review)
    if row.outcome != "open":
        raise AlreadySettled(f"review {review} is not open any more: it is {row.outcome}")
    return row, await forest.by_number(connection, row.one), await forest.by_number(connection, row.other)


async def _row(connection: AsyncConnection, decision: int) -> Any:
    wanted = select(match_decisions).where(match_decisions.c.id == decision)
    row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        raise UnknownParty(f"there is no decision {decision}; `identity review` lists the open ones")
    return row


async def _settle(connection: AsyncConnection, review: int, by: str, why: str) -> None:
    settled = update(match_decisions).where(match_decisions.c.id == review)
    await connection.execute(settled.values(outcome="refused", verdict="human", by_whom=by, why=why))


async def _first_of(connection: AsyncConnection, party: str) -> Link:
    """The eldest record of a party that is named by its id, as it was or as it is."""
    root = await _party(connection, party)
    mine = select(party_links).where(party_links.c.party_id == root).order_by(party_links.c.id).limit(1)
    return (await connection.execute(mine)).one()


async def _party(connection: AsyncConnection, of: str | Ref) -> UUID:
    """What the party is now. A party that was merged is found under its old id too."""
    if isinstance(of, Ref):
        row = await forest.find(connection, of)
        if row is None:
            raise UnknownParty(f"no record {of} is known")
        return UUID(str(row.party_id))
    try:
        named = UUID(of)
    except ValueError:
        raise BadInput("party", f"{of!r} is no party's id; `identity links --record org:object:id` tells it") from None
    # Every party is some record's own, and that record knows what became of it.
    found = await connection.execute(select(party_links.c.party_id).where(party_links.c.home_id == named))
    now: UUID | None = found.scalar_one_or_none()
    if now is None:
        raise UnknownParty(f"no party {of} is known")
    return now


async def _linked(connection: AsyncConnection, links: Iterable[int], by: str, reveal: str) -> dict[int, Linked]:
    rows = (await connection.execute(_LINKS, {"links": list(links)})).all()
    if reveal and rows:
        shown = {"links": ", ".join(str(row.id) for row in rows)}
        await forest.audit(connection, by, "reveal", reveal, {}, shown)
    return {row.id: _as_linked(row, bool(reveal)) for row in rows}


def _as_linked(row: Any, reveal: bool) -> Linked:
    fields = dict(row.fields or {})
    into = Ref(row.into_system, row.into_org, row.into_object, row.into_external_id) if row.merged_to else None
    return Linked(
        forest.ref_of(row), str(row.party_id), str(row.home_id), row.state, into, row.first_seen, row.evidence,
        fields if reveal else masked(fields),
    )  # fmt: skip


async def _decision(connection: AsyncConnection, decision: int) -> Decision:
    return _as_decision((await connection.execute(_DECISIONS, {"ids": [decision], "links": []})).one())


def _as_decision(row: Any) -> Decision:
    one = Ref(row.one_system, row.one_org, row.one_object, row.one_external_id)
    other = Ref(row.other_system, row.other_org, row.other_object, row.other_external_id)
    into = str(row.into_party) if row.into_party else None
    return Decision(row.id, one, other, row.verdict, row.outcome, row.rule, into, row.by_whom, row.why, row.at)
