"""Who is told of events, with what secret, and what they were told. No personal data."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from store.tables.metadata import METADATA

webhook_subscriptions = Table(
    "webhook_subscriptions",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'")),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("made_by", Text, nullable=False),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("resting", DateTime(timezone=True)),
    CheckConstraint("state IN ('active', 'off', 'gone')", name="known_state"),
)

# Sealed under BACKHAUL_WEBHOOKS__KEYS. Several sign while one takes another's place.
webhook_secrets = Table(
    "webhook_secrets",
    METADATA,
    Column("name", ForeignKey("webhook_subscriptions.name"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("ends_at", DateTime(timezone=True)),
)

# Written by the move that the event is about, and only for who wants it.
webhook_deliveries = Table(
    "webhook_deliveries",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", ForeignKey("webhook_subscriptions.name"), nullable=False),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("return_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("owed_since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("delivered_at", DateTime(timezone=True)),
    Column("dead_at", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("reason", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("name", "event_id", name="one_delivery_per_event"),
)
Index(
    "webhook_deliveries_owed",
    webhook_deliveries.c.name,
    webhook_deliveries.c.id,
    postgresql_where=webhook_deliveries.c.delivered_at.is_(None) & webhook_deliveries.c.dead_at.is_(None),
)
Index(
    "webhook_deliveries_done",
    webhook_deliveries.c.delivered_at,
    postgresql_where=webhook_deliveries.c.delivered_at.is_not(None),
)
Index(
    "webhook_deliveries_dead",
    webhook_deliveries.c.name,
    webhook_deliveries.c.id,
    postgresql_where=webhook_deliveries.c.dead_at.is_not(None) & webhook_deliveries.c.delivered_at.is_(None),
)
