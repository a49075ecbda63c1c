"""Returns, what happened to them, and whose they are."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from store.tables.metadata import METADATA

# One row per return: the newest snapshot, and beside it the columns people search by. `words` is everything free text
# looks in, in lower case. No personal data: the e-mail address is in `contacts`.
returns = Table(
    "returns",
    METADATA,
    Column("return_id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("request_key", Text),
    Column("version", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("hold_owners", ARRAY(Text), nullable=False),
    Column("skus", ARRAY(Text), nullable=False),
    Column("tracking", ARRAY(Text), nullable=False),
    Column("words", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("snapshot", JSONB, nullable=False),
    # With the region it says whose business a return is; empty while its order is not known.
    Column("shop", Text, Computed("coalesce(snapshot ->> 'shop', '')", persisted=True), nullable=False),
    # The same request of the same order is one return, also if the workflow engine were to forget it.
    UniqueConstraint("order_id", "request_key", name="one_return_per_request"),
)
Index("returns_newest_first", returns.c.opened_at.desc(), returns.c.return_id.desc())
Index("returns_by_stage", returns.c.stage, returns.c.opened_at.desc())
Index("returns_by_customer", returns.c.customer_id)
Index("returns_by_sku", returns.c.skus, postgresql_using="gin")
Index("returns_by_tracking", returns.c.tracking, postgresql_using="gin")
Index("returns_by_word", returns.c.words, postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"})
# Agreed, credited and paid are not the same, or a person settled the difference: the exceptions that finance looks at.
DIFFER = text("""snapshot @> '{"matched": false}' OR snapshot -> 'by_hand' <> '[]'""")
Index("returns_that_differ", returns.c.opened_at.desc(), postgresql_where=DIFFER)
Index("returns_held", returns.c.opened_at.desc(), postgresql_where=returns.c.held)

# Which versions were recorded: what makes a repeated record() harmless.
moves = Table(
    "moves",
    METADATA,
    Column("return_id", ForeignKey("returns.return_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
# Rows come in the order of this time, nearly: a range of blocks is enough to find those after one.
Index("moves_by_time", moves.c.recorded_at, postgresql_using="brin")

timeline = Table(
    "timeline",
    METADATA,
    Column("return_id", ForeignKey("returns.return_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
)

# Personal data, apart from everything else. It may be saved before the return's first move and erased at any time.
contacts = Table(
    "contacts",
    METADATA,
    Column("return_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("company", Text),
    Column("language", Text, nullable=False, server_default=text("''")),
)
Index(
    "contacts_by_email",
    func.lower(contacts.c.email).label("email"),
    postgresql_using="gin",
    postgresql_ops={"email": "gin_trgm_ops"},
)
