"""Returns with timeline and contacts, the reversal ledger, the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def upgrade() -> None:
    # Trusted since PostgreSQL 13: the owner of the database may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    _returns()
    _moves()
    _contacts()
    _ledger()
    _outbox()


def downgrade() -> None:
    for table in ("outbox", "ledger_entries", "ledger_lines", "contacts", "timeline", "moves", "returns"):
        op.drop_table(table)


def _returns() -> None:
    op.create_table(
        "returns",
        sa.Column("return_id", sa.Text, primary_key=True),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("request_key", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("hold_owners", ARRAY(sa.Text), nullable=False),
        sa.Column("skus", ARRAY(sa.Text), nullable=False),
        sa.Column("tracking", ARRAY(sa.Text), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("snapshot", JSONB, nullable=False),
        sa.UniqueConstraint("order_id", "request_key", name="one_return_per_request"),
    )
    op.create_index("returns_newest_first", "returns", [sa.text("opened_at DESC"), sa.text("return_id DESC")])
    op.create_index("returns_by_stage", "returns", ["stage", sa.text("opened_at DESC")])
    op.create_index("returns_by_customer", "returns", ["customer_id"])
    op.create_index("returns_by_sku", "returns", ["skus"], postgresql_using="gin")
    op.create_index("returns_by_tracking", "returns", ["tracking"], postgresql_using="gin")
    op.create_index("returns_by_word", "returns", [sa.text("words gin_trgm_ops")], postgresql_using="gin")
    op.create_index("returns_held", "returns", [sa.text("opened_at DESC")], postgresql_where=sa.text("held"))


def _moves() -> None:
    op.create_table(
        "moves",
        sa.Column("return_id", sa.Text, sa.ForeignKey("returns.return_id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("recorded_at", _TIME, nullable=False, server_default=_NOW),
    )
    op.create_table(
        "timeline",
        sa.Column("return_id", sa.Text, sa.ForeignKey("returns.return_id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("detail", JSONB, nullable=False),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("return_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("company", sa.Text),
    )
    op.create_index("contacts_by_email", "contacts", [sa.text("lower(email) gin_trgm_ops")], postgresql_using="gin")


def _ledger() -> None:
    op.create_table(
        "ledger_lines",
        sa.Column("invoice_id", sa.Text, primary_key=True),
        sa.Column("line_id", sa.Text, primary_key=True),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("net", sa.BigInteger, nullable=False),
        sa.Column("taxes", JSONB, nullable=False),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("return_id", sa.Text, primary_key=True),
        sa.Column("invoice_id", sa.Text, primary_key=True),
        sa.Column("line_id", sa.Text, primary_key=True),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column("net", sa.BigInteger, nullable=False),
        sa.Column("taxes", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('reserved', 'reversed', 'released')", name="known_state"),
        sa.CheckConstraint("quantity >= 0 AND value >= 0 AND net >= 0", name="never_negative"),
    )
    op.create_index("ledger_entries_by_invoice", "ledger_entries", ["invoice_id", "line_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("return_id", sa.Text, sa.ForeignKey("returns.return_id"), nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _TIME, nullable=False, server_default=_NOW),
        sa.Column("delivered_at", _TIME),
        sa.Column("dead_at", _TIME),
        sa.Column("reason", sa.Text, nullable=False, server_default=sa.text("''")),
    )
    op.create_index("outbox_owed", "outbox", ["return_id", "lane"], postgresql_where=sa.text("delivered_at IS NULL"))
    op.create_index(
        "outbox_dead",
        "outbox",
        ["dead_at"],
        postgresql_where=sa.text("dead_at IS NOT NULL AND delivered_at IS NULL"),
    )
