"""The tables as SQLAlchemy Core knows them. `migrations/` makes them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

METADATA = MetaData()

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
    # The same request of the same order is one return, also if the workflow engine were to forget it.
    UniqueConstraint("order_id", "request_key", name="one_return_per_request"),
)
Index("returns_newest_first", returns.c.opened_at.desc(), returns.c.return_id.desc())
Index("returns_by_stage", returns.c.stage, returns.c.opened_at.desc())
Index("returns_by_customer", returns.c.customer_id)
Index("returns_by_sku", returns.c.skus, postgresql_using="gin")
Index("returns_by_tracking", returns.c.tracking, postgresql_using="gin")
Index("returns_by_word", returns.c.words, postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"})
Index("returns_held", returns.c.opened_at.desc(), postgresql_where=returns.c.held)

# Which versions were recorded: what makes a repeated record() harmless.
moves = Table(
    "moves",
    METADATA,
    Column("return_id", ForeignKey("returns.return_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

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
)
Index(
    "contacts_by_email",
    func.lower(contacts.c.email).label("email"),
    postgresql_using="gin",
    postgresql_ops={"email": "gin_trgm_ops"},
)

# The reversal ledger: what an invoice line was posted at, in minor units; `taxes` maps the tax code to its amount.
ledger_lines = Table(
    "ledger_lines",
    METADATA,
    Column("invoice_id", Text, primary_key=True),
    Column("line_id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("taxes", JSONB, nullable=False),
)
Index("ledger_lines_by_order", ledger_lines.c.order_id)

# ... and what each return took of it. `value` is in millionths of a unit; a released entry takes nothing; footing.py
# tells what `footing` means.
ledger_entries = Table(
    "ledger_entries",
    METADATA,
    Column("return_id", Text, primary_key=True),
    Column("invoice_id", Text, primary_key=True),
    Column("line_id", Text, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("taxes", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("footing", Text, nullable=False, server_default=text("'firm'")),
    CheckConstraint("state IN ('reserved', 'reversed', 'released')", name="known_state"),
    CheckConstraint("footing IN ('firm', 'leaning', 'yielded', 'posting')", name="known_footing"),
    # What policies take off a credit has no units, and is negative.
    CheckConstraint("quantity >= 0 AND value >= 0 AND (net >= 0 OR value = 0)", name="never_negative"),
)
Index("ledger_entries_by_invoice", ledger_entries.c.invoice_id, ledger_entries.c.line_id)

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
)
Index("outbox_owed", outbox.c.return_id, outbox.c.lane, postgresql_where=outbox.c.delivered_at.is_(None))
Index(
    "outbox_dead",
    outbox.c.dead_at,
    postgresql_where=outbox.c.dead_at.is_not(None) & outbox.c.delivered_at.is_(None),
)

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
