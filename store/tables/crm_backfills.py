"""Backfills of CRM orgs, and how attempts to tell a CRM ended."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    text,
)

from store.tables.metadata import METADATA

# One row per backfill. `after` is the last return that is behind it, `ticket` the CRM's own work on the portion that is
# under way: with both, who takes it over goes on where it was.
crm_backfills = Table(
    "crm_backfills",
    METADATA,
    Column("backfill_id", Text, primary_key=True),
    Column("org", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("only_open", Boolean, nullable=False),
    Column("since", DateTime(timezone=True)),
    Column("total", Integer, nullable=False),
    Column("shown", Integer, nullable=False, server_default=text("0")),
    Column("newer", Integer, nullable=False, server_default=text("0")),
    Column("refused", Integer, nullable=False, server_default=text("0")),
    Column("after", Text, nullable=False, server_default=text("''")),
    Column("ticket", Text, nullable=False, server_default=text("''")),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
Index("crm_backfills_newest", crm_backfills.c.org, crm_backfills.c.started_at.desc())

# How attempts ended, counted by the hour. An empty cause is one that went well. Of lanes and replays only what failed
# is counted here: each that went well has its row in the outbox.
crm_attempts = Table(
    "crm_attempts",
    METADATA,
    Column("org", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("work", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("hour", DateTime(timezone=True), nullable=False),
    Column("many", BigInteger, nullable=False),
    PrimaryKeyConstraint("org", "region", "work", "cause", "hour"),
)
