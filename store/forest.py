"""Parties as a forest: which party became which, each step a decision that can be taken back, in any order.

A record's own party never changes; a party that was merged points at the one that survived it. So to take a step back
is to remove one pointer, whatever was merged before or after. All callers hold locks.identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.record import Ref
from store.tables import identity_audit, identity_facts, match_decisions, parties, party_links

Link = Row[Any]

# What the whole branch below a party has become.
_BECOMES = text("""
    WITH RECURSIVE branch AS (
        SELECT CAST(:party AS uuid) AS id UNION SELECT parties.id FROM parties JOIN branch ON merged_into = branch.id
    )
    UPDATE party_links SET party_id = :survivor WHERE home_id IN (SELECT id FROM branch)
""")


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


def matches(ref: Ref) -> Any:
    columns = party_links.c
    return (
        (columns.system == ref.system)
        & (columns.org == ref.org)
        & (columns.object == ref.object)
        & (columns.external_id == ref.external_id)
    )


def ref_of(row: Any) -> Ref:
    return Ref(row.system, row.org, row.object, row.external_id)


async def find(connection: AsyncConnection, ref: Ref) -> Link | None:
    return (await connection.execute(select(party_links).where(matches(ref)))).one_or_none()


async def by_number(connection: AsyncConnection, link: int) -> Link:
    return (await connection.execute(select(party_links).where(party_links.c.id == link))).one()


async def find_or_add(connection: AsyncConnection, ref: Ref) -> Link:
    """The record's row, with a party of its own when it is new. Somebody else's that came first is taken."""
    found = await find(connection, ref)
    if found is not None:
        return found
    home = (await connection.execute(insert(parties).values(status="live").returning(parties.c.id))).scalar_one()
    new = postgresql.insert(party_links).values(
        system=ref.system, org=ref.org, object=ref.object, external_id=ref.external_id, home_id=home, party_id=home
    )
    added = await connection.execute(new.on_conflict_do_nothing().returning(party_links))
    row: Link | None = added.one_or_none()
    if row is not None:
        return row
    await connection.execute(parties.delete().where(parties.c.id == home))
    return (await connection.execute(select(party_links).where(matches(ref)))).one()


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

    `review`: the open decision that this settles."""
    if goes.party_id == stays.party_id:
        return None
    one, other = sorted((goes.id, stays.id))
    values: dict[str, Any] = {
        "from_party": goes.party_id, "into_party": stays.party_id, "verdict": found.verdict, "outcome": "linked",
        "by_whom": found.by, "why": found.why,
    }  # fmt: skip
    if review is None:
        weighed = {"rule": found.rule, "score": found.score, "features": dict(found.features or {})}
        new = insert(match_decisions).values(one=one, other=other, weights_version=found.weights_version)
        made = await connection.execute(new.values(**values, **weighed).returning(match_decisions.c.id))
        decision = int(made.scalar_one())
    else:
        decision = review
        settled = update(match_decisions).where(match_decisions.c.id == review)
        await connection.execute(settled.values(**values))
    await merge_into(connection, goes.party_id, stays.party_id)
    evidence = {"decision": str(decision), "verdict": found.verdict, "rule": found.rule, "by": found.by}
    await connection.execute(update(party_links).where(party_links.c.id == goes.id).values(evidence=evidence))
    if found.verdict == "human":
        await fact(connection, one, other, "together", decision)
    before = {"party": goes.party_id, "link": goes.id}
    await audit(connection, found.by, "link", found.why, before, {"party": stays.party_id, "decision": decision})
    return decision


async def merge_into(connection: AsyncConnection, party: UUID, survivor: UUID) -> None:
    await connection.execute(update(parties).where(parties.c.id == party).values(status="merged", merged_into=survivor))
    await connection.execute(_BECOMES, {"party": party, "survivor": survivor})


async def part(connection: AsyncConnection, party: UUID) -> None:
    """The party is one of its own again, with everything that was merged into it."""
    await connection.execute(update(parties).where(parties.c.id == party).values(status="live", merged_into=None))
    await connection.execute(_BECOMES, {"party": party, "survivor": party})


async def fact(connection: AsyncConnection, one: int, other: int, kind: str, decision: int) -> None:
    """The newest word of people about a pair."""
    new = postgresql.insert(identity_facts).values(one=one, other=other, kind=kind, decision_id=decision)
    newer = {"kind": kind, "decision_id": decision, "at": func.now()}
    await connection.execute(new.on_conflict_do_update(index_elements=["one", "other"], set_=newer))


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
    await connection.execute(insert(identity_audit).values(by_whom=by, action=action, why=why, **values))


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
