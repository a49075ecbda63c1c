"""What is owed to the outside, and what a CRM shows."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Integer, Table, Text, func, text

from store.tables.metadata import METADATA

# What is owed to the outside because of a move. Delivered rows stay: they show what was told to whom, and when.
outbox = Table(
    "outbox",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("return_id", ForeignKey("returns.return_id"), nullable=False),
    Column("lane", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("delivered_at", DateTime(timezone=True)),
    Column("dead_at", DateTime(timezone=True)),
    Column("reason", Text, nullable=False, server_default=text("''")),
    # Of notices only: how often people had it sent, attempts of this sending whose answer was lost, what names the
    # message that was taken, and when its bounce came.
    Column("sending", Integer, nullable=False, server_default=text("1")),
    Column("lost", Integer, nullable=False, server_default=text("0")),
    Column("message_id", Text),
    Column("bounced_at", DateTime(timezone=True)),
)
Index("outbox_message", outbox.c.message_id, postgresql_where=outbox.c.message_id.is_not(None))
Index("outbox_owed", outbox.c.return_id, outbox.c.lane, postgresql_where=outbox.c.delivered_at.is_(None))
Index(
    "outbox_dead",
    outbox.c.dead_at,
    postgresql_where=outbox.c.dead_at.is_not(None) & outbox.c.delivered_at.is_(None),
)
# What was told lately is measured without reading what was told in all the years before.
Index("outbox_told", outbox.c.delivered_at, postgresql_where=outbox.c.delivered_at.is_not(None))

# What each CRM shows: the newest version it is known to have taken, and the stage of that version. An empty stage says
# that the CRM had a newer version than the books.
crm_shown = Table(
    "crm_shown",
    METADATA,
    Column("return_id", ForeignKey("returns.return_id"), primary_key=True),
    Column("org", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("shown_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
