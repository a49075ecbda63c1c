"""Parties as what decisions make of records: whoever is linked to the same is one party, until a link is taken back.

A record's own party never changes. Which of them are one follows from the links that stand, in the order they were
made; so links are taken back in any order, and what they brought together is found anew from those that are left. All
callers hold locks.identity.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.record import Ref
from store import auditing
from store.port import Act
from store.tables import (
    identity_facts,
    match_decisions,
    parties,
    party_details,
    party_keys,
    party_links,
)

# One chain for all: whoever changes who is who waits for the others anyway.
_STREAM = "identity"
_SUBJECTS = ("party", "link", "decision", "weights")
Link = Row[Any]
Decided = Row[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """How a pair came to be linked. `verdict` is auto or human."""

    verdict: str
    by: str
    why: str = ""
    rule: str = ""
    score: float | None = None
    features: Mapping[str, str] | None = None
    weights_version: str = ""


# Composed once: that takes longer than to run them.
_LINK = ", ".join(column.name for column in party_links.c)
_NAMED = "system = :system AND org = :org AND object = :object AND external_id = :external_id"
_FIND = text(f"SELECT {_LINK} FROM party_links WHERE {_NAMED}")  # noqa: S608 - our own text
_BY_NUMBER = text(f"SELECT {_LINK} FROM party_links WHERE id = :id")  # noqa: S608 - our own text
_FIND_OR_ADD = text(f"""
    WITH known AS (
        SELECT {_LINK} FROM party_links WHERE {_NAMED}
    ), home AS (
        INSERT INTO parties (id, status) SELECT CAST(:home AS uuid), 'live' WHERE NOT EXISTS (SELECT FROM known)
        RETURNING id
    ), added AS (
        INSERT INTO party_links (system, org, object, external_id, home_id, party_id)
        SELECT :system, :org, :object, :external_id, id, id FROM home ON CONFLICT DO NOTHING RETURNING {_LINK}
    )
    SELECT {_LINK} FROM known UNION ALL SELECT {_LINK} FROM added
""")  # noqa: S608 - our own text
_DECIDED = text("""
    INSERT INTO match_decisions (one, other, stays, from_party, into_party, verdict, outcome, rule, score, features,
                                 weights_version, by_whom, why)
    VALUES (:one, :other, :stays, :from_party, :into_party, :verdict, :outcome, :rule, :score,
            CAST(:features AS jsonb), :weights_version, :by_whom, :why)
    RETURNING id
""")
_MERGED = text("""
    WITH gone AS (UPDATE parties SET status = 'merged', merged_into = :survivor WHERE id = :party)
    UPDATE party_links SET party_id = :survivor WHERE party_id = :party
""")
_EVIDENCE = text("UPDATE party_links SET evidence = CAST(:evidence AS jsonb) WHERE id = :id")
_AUDITED = text("""
    INSERT INTO identity_audit (by_whom, action, why, before, after)
    VALUES (:by_whom, :action, :why, CAST(:before AS jsonb), CAST(:after AS jsonb))
""")


def ref_of(row: Any) -> Ref:
    return Ref(row.system, row.org, row.object, row.external_id)


async def find(connection: AsyncConnection, ref: Ref) -> Link | None:
    return (await connection.execute(_FIND, _which(ref))).one_or_none()


async def by_number(connection: AsyncConnection, link: int) -> Link:
    return (await connection.execute(_BY_NUMBER, {"id": link})).one()


async def find_or_add(connection: AsyncConnection, ref: Ref) -> Link:
    """The record's row, with a party of its own when it is new. Somebody else's that came first is taken."""
    home, which = uuid4(), _which(ref)
    row: Link | None = (await connection.execute(_FIND_OR_ADD, which | {"home": home})).one_or_none()
    if row is not None:
        return row
    await connection.execute(parties.delete().where(parties.c.id == home))
    return (await connection.execute(_FIND, which)).one()


def _which(ref: Ref) -> dict[str, Any]:
    return {"system": ref.system, "org": ref.org, "object": ref.object, "external_id": ref.external_id}


async def set_state(
    connection: AsyncConnection, link: Link, state: str, at: datetime, merged_to: int | None = None
) -> None:
    await connection.execute(
        update(party_links)
        .where(party_links.c.id == link.id)
        .values(state=state, merged_to=merged_to, state_at=func.greatest(party_links.c.state_at, at))
    )


async def join(
    connection: AsyncConnection, goes: Link, stays: Link, found: Found, review: int | None = None
) -> int | None:
    """Make the parties of both one; that of `stays` survives. Answers the decision, None when they were one already.

    `review`: the open decision that this settles; it is a link of its own also between two that were one already."""
    if goes.party_id == stays.party_id and review is None:
        return None
    one, other = sorted((goes.id, stays.id))
    values: dict[str, Any] = {
        "stays": stays.id, "from_party": goes.party_id, "into_party": stays.party_id,
        "verdict": found.verdict, "outcome": "linked", "by_whom": found.by, "why": found.why,
    }  # fmt: skip
    if review is None:
        weighed = {"rule": found.rule, "score": found.score, "features": json.dumps(dict(found.features or {}))}
        pair = {"one": one, "other": other, "weights_version": found.weights_version}
        decision = int((await connection.execute(_DECIDED, values | weighed | pair)).scalar_one())
    else:
        decision = review
        settled = update(match_decisions).where(match_decisions.c.id == review)
        await connection.execute(settled.values(**values))
    if goes.party_id != stays.party_id:
        await merge_into(connection, goes.party_id, stays.party_id)
    evidence = {"decision": str(decision), "verdict": found.verdict, "rule": found.rule, "by": found.by}
    await connection.execute(_EVIDENCE, {"id": goes.id, "evidence": json.dumps(evidence)})
    if found.verdict == "human":
        await fact(connection, one, other, "together", decision)
    before = {"party": goes.party_id, "link": goes.id}
    await audit(connection, found.by, "link", found.why, before, {"party": stays.party_id, "decision": decision})
    return decision


async def merge_into(connection: AsyncConnection, party: UUID, survivor: UUID) -> None:
    await connection.execute(_MERGED, {"party": party, "survivor": survivor})


async def take_back(connection: AsyncConnection, decision: Decided) -> None:
    """The link does not stand any more: what is one party now follows from the others between the party's records."""
    undone = update(match_decisions).where(match_decisions.c.id == decision.id)
    await connection.execute(undone.values(outcome="undone"))
    party = (await by_number(connection, decision.one)).party_id
    mine = (await connection.execute(select(party_links).where(party_links.c.party_id == party))).all()
    homes = {row.id: row.home_id for row in mine}
    standing = match_decisions.c.outcome == "linked"
    between = match_decisions.c.one.in_(list(homes)) & match_decisions.c.other.in_(list(homes))
    links = await connection.execute(select(match_decisions).where(standing, between).order_by(match_decisions.c.id))
    into: dict[UUID, UUID] = {}
    for row in links.all():
        stays, goes = (row.stays, row.one if row.stays == row.other else row.other)
        survivor, party = _root(into, homes[stays]), _root(into, homes[goes])
        if party != survivor:
            into[party] = survivor
    for link, home in homes.items():
        status = "merged" if home in into else "live"
        own = update(parties).where(parties.c.id == home)
        await connection.execute(own.values(status=status, merged_into=into.get(home)))
        becomes = update(party_links).where(party_links.c.id == link)
        await connection.execute(becomes.values(party_id=_root(into, home)))


def _root(into: Mapping[UUID, UUID], party: UUID) -> UUID:
    while party in into:
        party = into[party]
    return party


async def fact(connection: AsyncConnection, one: int, other: int, kind: str, decision: int) -> None:
    """The newest word of people about a pair."""
    new = postgresql.insert(identity_facts).values(one=one, other=other, kind=kind, decision_id=decision)
    newer = {"kind": kind, "decision_id": decision, "at": func.now()}
    await connection.execute(new.on_conflict_do_update(index_elements=["one", "other"], set_=newer))


async def erase(connection: AsyncConnection, links: Any) -> None:
    """What is kept to find records by, and what they said: told again, it is new. `links` are numbers, or a query."""
    for table in (party_keys, party_details):
        await connection.execute(delete(table).where(table.c.link_id.in_(links)))
    await connection.execute(update(party_links).where(party_links.c.id.in_(links)).values(fingerprint=""))


async def audit(
    connection: AsyncConnection,
    by: str,
    action: str,
    why: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Ids and states only: no personal data."""
    values = {"before": _plain(before), "after": _plain(after)}
    told = {name: json.dumps(some) for name, some in values.items()}
    await connection.execute(_AUDITED, {"by_whom": by, "action": action, "why": why, **told})
    said = {name: {key: str(value) for key, value in some.items()} for name, some in values.items()}
    for subject in _subjects(said["before"] | said["after"]):
        act = Act(_STREAM, by, f"identity:{action}", subject, why, said["before"], said["after"])
        await auditing.append(connection, act)


def _subjects(said: Mapping[str, str]) -> list[str]:
    """What the act is about: the first of these that it names; of several records each by itself."""
    if "links" in said:
        return [f"link:{link}" for link in said["links"].split(", ")]
    return [next((f"{kind}:{said[kind]}" for kind in _SUBJECTS if kind in said), _STREAM)]


def _plain(values: Mapping[str, object] | None) -> dict[str, object]:
    return {name: value if isinstance(value, int | None) else str(value) for name, value in dict(values or {}).items()}


async def apart(connection: AsyncConnection, ours: UUID, theirs: UUID) -> bool:
    """Whether people told anything of the one party from anything of the other."""
    return bool((await connection.execute(_APART, {"ours": ours, "theirs": theirs})).scalar_one())


_APART = text("""
    SELECT EXISTS (
        SELECT FROM identity_facts JOIN party_links AS a ON a.id = one JOIN party_links AS b ON b.id = other
        WHERE kind = 'apart' AND ((a.party_id = :ours AND b.party_id = :theirs)
                                  OR (a.party_id = :theirs AND b.party_id = :ours))
    )
""")
