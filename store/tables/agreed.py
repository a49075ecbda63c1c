"""What we and the CRMs agree on, what was decided, how far each was listened to, and what people have to look at."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from store.tables.metadata import METADATA


def _word(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text("''"))


# One row per record of a CRM that has a key of ours. `fields` is the agreement on each field the CRM may change; what
# is personal is there as a commitment.
crm_records = Table(
    "crm_records",
    METADATA,
    Column("org", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("fields", JSONB, nullable=False),
    Column("due", Boolean, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("gone_at", DateTime(timezone=True)),
)
Index("crm_records_by_key", crm_records.c.org, crm_records.c.key)
Index(
    "crm_records_gone",
    crm_records.c.org,
    crm_records.c.object,
    crm_records.c.gone_at,
    postgresql_where=crm_records.c.gone_at.is_not(None),
)
Index("crm_records_due", crm_records.c.org, crm_records.c.object, postgresql_where=crm_records.c.due)

# What is being written: noted before the call, because a CRM may tell of it before the call is answered. Gone once it
# is known to be shown; what stays is of calls whose end nobody knows.
crm_under_way = Table(
    "crm_under_way",
    METADATA,
    Column("org", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("fields", JSONB, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# Which changes were dealt with; rows older than any CRM tells a change again are removed.
crm_events = Table(
    "crm_events",
    METADATA,
    Column("org", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
Index("crm_events_by_age", crm_events.c.seen_at)

crm_conflicts = Table(
    "crm_conflicts",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("org", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("base", JSONB, nullable=False),
    Column("theirs", JSONB, nullable=False),
    Column("ours", JSONB, nullable=False),
    Column("value", JSONB, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("own", Boolean),
    Column("writer", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("event", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
Index("crm_conflicts_by_record", crm_conflicts.c.record, crm_conflicts.c.id)
Index("crm_conflicts_by_key", crm_conflicts.c.key, crm_conflicts.c.id)

# Requests found in a CRM, on their way to their return. `note` holds a note's text until the return has it.
crm_asks = Table(
    "crm_asks",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("org", Text, nullable=False),
    Column("return_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    _word("note"),
    Column("by", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("answered_at", DateTime(timezone=True)),
    _word("status"),
    _word("sentence"),
)
Index("crm_asks_unanswered", crm_asks.c.org, crm_asks.c.found_at, postgresql_where=crm_asks.c.answered_at.is_(None))

crm_cursors = Table(
    "crm_cursors",
    METADATA,
    Column("org", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("mapping", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("told_at", DateTime(timezone=True)),
    _word("comparing"),
    _word("after"),
    Column("began", DateTime(timezone=True)),
    Column("probed_at", DateTime(timezone=True)),
    Column("restarted_at", DateTime(timezone=True)),
)

crm_items = Table(
    "crm_items",
    METADATA,
    Column("item_id", BigInteger, Identity(always=True), primary_key=True),
    Column("org", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("resolved_at", DateTime(timezone=True)),
    Column("acted_at", DateTime(timezone=True)),
    _word("choice"),
    _word("by"),
    _word("note"),
)
Index(
    "crm_items_open",
    crm_items.c.org,
    crm_items.c.object,
    crm_items.c.record,
    crm_items.c.field,
    crm_items.c.kind,
    unique=True,
    postgresql_where=crm_items.c.resolved_at.is_(None),
)
# What people decided and nobody acted upon yet: looked at with every page that a CRM tells.
Index(
    "crm_items_decided",
    crm_items.c.org,
    crm_items.c.object,
    postgresql_where=crm_items.c.resolved_at.is_not(None) & crm_items.c.acted_at.is_(None),
)
