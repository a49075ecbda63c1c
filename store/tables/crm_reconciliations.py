"""Runs that compared an org with the books, what they saw, and what differed. No value is kept, only its keyed hash."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)

from store.tables.metadata import METADATA

crm_reconciliations = Table(
    "crm_reconciliations",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("org", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("sample", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("after", Text, nullable=False, server_default=text("''")),
    Column("in_crm", Integer, nullable=False, server_default=text("0")),
    Column("in_books", Integer, nullable=False, server_default=text("0")),
    Column("same", Integer, nullable=False, server_default=text("0")),
    Column("healed", Integer, nullable=False, server_default=text("0")),
    Column("alive", Boolean, nullable=False, server_default=text("true")),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_at", DateTime(timezone=True)),
)
Index("crm_reconciliations_newest", crm_reconciliations.c.org, crm_reconciliations.c.started_at.desc())

# The returns a run has met in the org, until it is over: only then can be said what is missing there.
crm_seen = Table(
    "crm_seen",
    METADATA,
    Column("run_id", ForeignKey("crm_reconciliations.run_id", ondelete="CASCADE"), primary_key=True),
    Column("return_id", Text, primary_key=True),
)

crm_drift = Table(
    "crm_drift",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", ForeignKey("crm_reconciliations.run_id", ondelete="CASCADE"), nullable=False),
    Column("return_id", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("ours", Text, nullable=False),
    Column("theirs", Text, nullable=False),
)
Index("crm_drift_of_run", crm_drift.c.run_id, crm_drift.c.return_id)
