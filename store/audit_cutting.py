"""Retention of the audit: old acts leave from the beginning of their streams, and a signed stub says what stood there.

Only what a checkpoint covers is deleted, so that what was deleted has been provable.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from security.audit import stub_form
from store import auditing
from store.port import Act, Cut, Signs

# A first cut of years is several transactions, not one for all.
_MOST = 2000
_NOW = text("SELECT clock_timestamp()")
_OLD = text("""
    WITH old AS (
        SELECT DISTINCT stream FROM audit
        WHERE at < :before AND (stream = :kind OR starts_with(stream, :kind || ':'))
    )
    SELECT last.stream, last.seq, last.hash FROM old, LATERAL (
        SELECT stream, seq, hash FROM audit
        WHERE stream = old.stream
          AND seq <= (SELECT max(seq) FROM audit_checkpoint_heads AS mark WHERE mark.stream = old.stream)
          AND seq < coalesce((SELECT min(seq) FROM audit AS young WHERE young.stream = old.stream AND at >= :before),
                             9223372036854775807)
        ORDER BY seq DESC LIMIT 1
    ) AS last ORDER BY last.stream LIMIT :most
""")
_CUTS = "unnest(CAST(:streams AS text[]), CAST(:seqs AS bigint[])) AS cut (stream, seq)"
_COUNT = text(f"SELECT count(*) FROM audit JOIN {_CUTS} ON audit.stream = cut.stream AND audit.seq <= cut.seq")  # noqa: S608
_MAY = text("SET LOCAL backhaul.audit = 'retention'")
_DELETE = text(f"DELETE FROM audit USING {_CUTS} WHERE audit.stream = cut.stream AND audit.seq <= cut.seq")  # noqa: S608
_WORDS = text(f"""
    DELETE FROM audit_reasons USING {_CUTS} WHERE audit_reasons.stream = cut.stream AND audit_reasons.seq <= cut.seq
""")  # noqa: S608
_STUBS = text("""
    INSERT INTO audit_stubs (stream, seq, hash, at, key_id, signature)
    SELECT stream, seq, hash, :at, :key_id, signature
    FROM unnest(CAST(:streams AS text[]), CAST(:seqs AS bigint[]), CAST(:hashes AS bytea[]),
                CAST(:signatures AS bytea[])) AS stub (stream, seq, hash, signature)
""")


async def cut(connection: AsyncConnection, kind: str, before: datetime, key: Signs | None, by: str) -> Cut:
    """As AuditBooks.cut says; at most some thousand streams at once."""
    rows = (await connection.execute(_OLD, {"kind": kind, "before": before, "most": _MOST})).all()
    cuts = {"streams": [row.stream for row in rows], "seqs": [row.seq for row in rows]}
    acts = (await connection.execute(_COUNT, cuts)).scalar_one()
    found = Cut(kind, len(rows), acts)
    if key is None or not rows:
        return found
    at = (await connection.execute(_NOW)).scalar_one()
    signatures = [key.sign(stub_form(row.stream, row.seq, row.hash, at, key.key_id)) for row in rows]
    signed = {"hashes": [row.hash for row in rows], "signatures": signatures, "at": at, "key_id": key.key_id}
    await connection.execute(_STUBS, cuts | signed)
    await connection.execute(_MAY)
    await connection.execute(_DELETE, cuts)
    await connection.execute(_WORDS, cuts)
    told = {"older_than": before.isoformat(), "streams": str(found.streams), "acts": str(found.acts)}
    await auditing.append(connection, Act("audit", by, "audit:cut", kind, "retention", {}, told))
    return found
