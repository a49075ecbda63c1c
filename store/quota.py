"""The CRMs' allowances in PostgreSQL. One statement each: a row's lock is held no longer than that.

A lease is counted against the window while it is in a worker's hands and not expired, so a crashed worker's calls come
back by themselves. What the org tells of everybody's use counts from when it is told; what we made since is added.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from domain.allowance import Breaker, BrokenOrg, Lease, Slots, Standing, Terms, Usage, left_alone
from store import auditing
from store.engine import Database
from store.port import Act
from store.port.audit import UNNAMED

# A lease is good for half of the time for which it is counted: nobody spends what may have been given to another.
_GOOD_SECONDS, _COUNTED_SECONDS = 30.0, 60.0
_KEPT_DAYS = 8
# What the network and a busy server bunch together must stay under the cap too: a fifth of the pace is left free.
_PACE = 0.8
# A turn further away than this is not reserved: whoever wants it comes again, and live status goes in between.
_NEAR_SECONDS = 0.05
# How long a breaker stays open: doubled each time its probe fails.
_FIRST_PAUSE, _LONGEST_PAUSE, _PROBE_SECONDS = 5.0, 600.0, 30.0

_WINDOW = "to_timestamp(floor(extract(epoch FROM now()) / CAST(:window AS float8)) * CAST(:window AS float8))"
_LEASE = text(f"""
    WITH held AS MATERIALIZED (
        SELECT * FROM crm_quota WHERE org = :org AND began = {_WINDOW} FOR UPDATE
    ), counted AS (
        SELECT held.*, spent + :spent AS ours,
               CAST(:told AS integer) IS NOT NULL
                   AND now() - make_interval(secs => CAST(:age AS float8)) >= coalesce(told_at, began) AS news,
               least(CAST(:most AS integer), coalesce(CAST(:told_most AS integer), held.most)) AS allowed,
               coalesce((SELECT sum((hand.value->>0)::integer) FROM jsonb_each(held.holders) AS hand
                         WHERE hand.key <> :holder AND (hand.value->>1)::float8 > extract(epoch FROM now())), 0)
                   AS leased
        FROM held
    ), known AS (
        SELECT counted.*, CASE WHEN news THEN CAST(:told AS integer) ELSE told END AS newest,
               CASE WHEN news THEN ours ELSE told_spent END AS newest_spent
        FROM counted
    ), free AS (
        SELECT known.*, greatest(ours, coalesce(newest + ours - newest_spent, 0)) AS used FROM known
    ), granted AS (
        SELECT free.*, CASE WHEN allowed IS NULL THEN CAST(:want AS integer)
            ELSE greatest(0, least(CAST(:want AS integer),
                 floor(allowed * (1 - CAST(:leaves AS float8)))::integer - used - leased)) END AS calls
        FROM free
    )
    UPDATE crm_quota AS q
    SET most = granted.allowed, reserve = :reserve, spent = granted.ours, told = granted.newest,
        told_spent = granted.newest_spent,
        told_at = CASE WHEN granted.news THEN now() - make_interval(secs => CAST(:age AS float8)) ELSE q.told_at END,
        holders = coalesce((SELECT jsonb_object_agg(hand.key, hand.value) FROM jsonb_each(granted.holders) AS hand
                            WHERE hand.key <> :holder AND (hand.value->>1)::float8 > extract(epoch FROM now())), '{{}}')
            || CASE WHEN granted.calls = 0 THEN '{{}}'::jsonb ELSE jsonb_build_object(CAST(:holder AS text),
                   jsonb_build_array(granted.calls, extract(epoch FROM now()) + CAST(:counted AS float8))) END
    FROM granted WHERE q.org = granted.org AND q.began = granted.began
    RETURNING granted.calls, granted.used, granted.allowed, extract(epoch FROM q.ends - now())::float8 AS turns
""")  # noqa: S608 - our own text
_BEGIN = text(f"""
    WITH past AS (DELETE FROM crm_quota WHERE org = :org AND ends < now() - make_interval(days => {_KEPT_DAYS}))
    INSERT INTO crm_quota (org, began, ends, most, reserve)
    VALUES (:org, {_WINDOW}, {_WINDOW} + make_interval(secs => CAST(:window AS float8)), :most, :reserve)
    ON CONFLICT DO NOTHING
""")  # noqa: S608 - our own text

# `clock_timestamp`, not `now`: whoever waited for the row's lock begins where it got it.
_TURNS = text("""
    WITH held AS MATERIALIZED (SELECT * FROM crm_pace WHERE org = :org FOR UPDATE), asked AS (
        SELECT org, next, next_rest, clock_timestamp() AS at FROM held
    ), begun AS (
        SELECT org, at, greatest(next, at, CASE WHEN :live THEN at ELSE coalesce(next_rest, at) END) AS first,
               CASE WHEN :live THEN false ELSE coalesce(next_rest, at) > at + make_interval(secs => :near) END AS far
        FROM asked
    )
    UPDATE crm_pace AS p
    SET next = CASE WHEN far THEN p.next ELSE first + make_interval(secs => :span) END,
        next_rest = CASE WHEN far OR :live THEN p.next_rest ELSE first + make_interval(secs => :rest_span) END
    FROM begun WHERE p.org = begun.org
    RETURNING far, extract(epoch FROM first - at)::float8 AS wait
""")
_PACED = text("INSERT INTO crm_pace (org) VALUES (:org) ON CONFLICT DO NOTHING")

_BREAKERS = text("""
    SELECT b.family, b.failures, b.cause, extract(epoch FROM b.opened_until - now())::float8 AS wait,
           p.slowed_at IS NOT NULL AS slowed
    FROM (SELECT CAST(:org AS text) AS org) AS asked
    LEFT JOIN crm_breakers AS b ON b.org = asked.org AND (b.failures > 0 OR b.opened_until IS NOT NULL)
    LEFT JOIN crm_pace AS p ON p.org = asked.org
""")
# While it is open, calls that were under way may still end badly: they say nothing new. A wait the org asked for is
# never cut short.
_FAILED = text("""
    INSERT INTO crm_breakers AS b (org, family, failures, cause, opened_at, opened_until, trips)
    VALUES (:org, :family, 1, :cause,
            CASE WHEN CAST(:wait AS float8) IS NOT NULL OR :after <= 1 THEN now() END,
            CASE WHEN CAST(:wait AS float8) IS NOT NULL OR :after <= 1
                 THEN now() + make_interval(secs => coalesce(CAST(:wait AS float8), :first)) END,
            CASE WHEN CAST(:wait AS float8) IS NOT NULL OR :after <= 1 THEN 1 ELSE 0 END)
    ON CONFLICT (org, family) DO UPDATE SET
        failures = b.failures + 1,
        cause = excluded.cause,
        opened_at = CASE WHEN b.opened_until IS NOT NULL THEN b.opened_at
                         WHEN CAST(:wait AS float8) IS NOT NULL OR b.failures + 1 >= :after THEN now() END,
        opened_until = CASE
            WHEN CAST(:wait AS float8) IS NOT NULL
                THEN greatest(b.opened_until, now() + make_interval(secs => CAST(:wait AS float8)))
            WHEN b.opened_until > now() THEN b.opened_until
            WHEN b.opened_until IS NOT NULL OR b.failures + 1 >= :after
                THEN now() + make_interval(secs => least(:longest, :first * power(2, b.trips))) END,
        trips = b.trips + CASE WHEN b.opened_until > now() THEN 0
                               WHEN CAST(:wait AS float8) IS NOT NULL OR b.opened_until IS NOT NULL
                                    OR b.failures + 1 >= :after THEN 1 ELSE 0 END,
        probing_until = NULL
    RETURNING family, failures, cause, extract(epoch FROM opened_until - now())::float8 AS wait,
              coalesce(opened_at = now(), false) AS turned
""")
_PROBE = text("""
    UPDATE crm_breakers SET probing_until = now() + make_interval(secs => :seconds)
    WHERE org = :org AND family = :family AND opened_until <= now()
      AND (probing_until IS NULL OR probing_until <= now())
    RETURNING family
""")
_WENT = text("""
    UPDATE crm_breakers
    SET failures = 0, trips = 0, opened_at = NULL, opened_until = NULL, probing_until = NULL, cause = ''
    WHERE org = :org AND family = :family AND (opened_until IS NULL OR :probe)
""")
_SLOWED = text("""
    INSERT INTO crm_pace (org, slowed_at) VALUES (:org, CASE WHEN :slow THEN now() END)
    ON CONFLICT (org) DO UPDATE SET slowed_at = excluded.slowed_at
""")
# What the org told is forgotten with it: whoever closes a breaker by hand knows better, and the next answer tells anew.
_CLOSE = text("""
    WITH told AS (UPDATE crm_quota SET told = NULL, told_at = NULL, most = NULL WHERE org = :org AND ends > now())
    UPDATE crm_breakers SET failures = 0, trips = 0, opened_until = NULL, probing_until = NULL, why = :why,
           closed_at = now()
    WHERE org = :org AND opened_until IS NOT NULL
    RETURNING family
""")
_STANDINGS = text("""
    SELECT org, began, ends, most, spent AS ours, reserve, told_at,
           greatest(0, coalesce(told - told_spent, 0)) AS others,
           coalesce((SELECT sum((hand.value->>0)::integer) FROM jsonb_each(holders) AS hand
                     WHERE (hand.value->>1)::float8 > extract(epoch FROM now())), 0)::integer AS leased
    FROM crm_quota WHERE began <= now() AND ends > now() ORDER BY org
""")
_BROKEN = text("""
    SELECT org, family, failures, cause, opened_at, opened_until AS until, why, closed_at FROM crm_breakers
    WHERE failures > 0 OR opened_until IS NOT NULL OR closed_at IS NOT NULL ORDER BY org, family
""")


class PostgresQuota:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def lease(
        self, org: str, terms: Terms, holder: str, purpose: int, want: int, spent: int, told: Usage | None
    ) -> Lease:
        values = {
            "org": org,
            "window": terms.window,
            "most": terms.most,
            "reserve": terms.reserve,
            "leaves": left_alone(terms.reserve, purpose),
            "holder": holder,
            "want": want,
            "spent": spent,
            "told": told.used if told else None,
            "told_most": told.most if told else None,
            "age": told.age if told else 0.0,
            "counted": _COUNTED_SECONDS,
        }
        async with self._database.statement() as connection:
            found = (await connection.execute(_LEASE, values)).first()
            while found is None:
                begun = {name: values[name] for name in ("org", "window", "most", "reserve")}
                await connection.execute(_BEGIN, begun)
                found = (await connection.execute(_LEASE, values)).first()
        return Lease(found.calls, min(_GOOD_SECONDS, found.turns), found.turns, found.used, found.allowed)

    async def turns(self, org: str, terms: Terms, live: bool, want: int) -> Slots:
        step = 1 / (terms.per_second * _PACE)
        rest = 1 - min(terms.reserve, 90) / 100
        values = {"org": org, "live": live, "near": _NEAR_SECONDS, "span": want * step, "rest_span": want * step / rest}
        async with self._database.statement() as connection:
            found = (await connection.execute(_TURNS, values)).first()
            if found is None:
                await connection.execute(_PACED, {"org": org})
                found = (await connection.execute(_TURNS, values)).one()
        return Slots(0 if found.far else want, found.wait, step)

    async def breakers(self, org: str) -> tuple[tuple[Breaker, ...], bool]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_BREAKERS, {"org": org})).all()
        found = tuple(Breaker(row.family, row.failures, row.wait, row.cause) for row in rows if row.family is not None)
        return found, rows[0].slowed

    async def failed(self, org: str, family: str, cause: str, wait: float | None, after: int) -> Breaker:
        values: dict[str, Any] = {"org": org, "family": family, "cause": cause, "wait": wait, "after": after}
        async with self._database.statement() as connection:
            row = (await connection.execute(_FAILED, values | {"first": _FIRST_PAUSE, "longest": _LONGEST_PAUSE})).one()
        return Breaker(row.family, row.failures, row.wait, row.cause, bool(row.turned))

    async def probe(self, org: str, family: str) -> bool:
        values = {"org": org, "family": family, "seconds": _PROBE_SECONDS}
        async with self._database.statement() as connection:
            return (await connection.execute(_PROBE, values)).first() is not None

    async def went(self, org: str, family: str, probe: bool) -> None:
        async with self._database.statement() as connection:
            await connection.execute(_WENT, {"org": org, "family": family, "probe": probe})

    async def slowed(self, org: str, slow: bool) -> None:
        async with self._database.statement() as connection:
            await connection.execute(_SLOWED, {"org": org, "slow": slow})

    async def close(self, org: str, why: str, by: str = "") -> int:
        async with self._database.transaction() as connection:
            closed = (await connection.execute(_CLOSE, {"org": org, "why": why})).scalars().all()
            told = {"families": ", ".join(sorted(closed))}
            act = Act(f"crm:{org}", by or UNNAMED, "breaker:close", f"crm:{org}", why, {}, told)
            await auditing.append(connection, act)
        return len(closed)

    async def standings(self) -> tuple[Standing, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_STANDINGS)).all()
        return tuple(Standing(**row._mapping) for row in rows)

    async def broken(self) -> tuple[BrokenOrg, ...]:
        async with self._database.statement() as connection:
            rows = (await connection.execute(_BROKEN)).all()
        return tuple(BrokenOrg(**row._mapping) for row in rows)
