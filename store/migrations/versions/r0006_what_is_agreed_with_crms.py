"""What is agreed with each CRM record by record, what was decided, how far it was listened to, what people look at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NOW = sa.text("now()")
_EMPTY = sa.text("''")


def upgrade() -> None:
    _records()
    _conflicts()
    _asks()
    _cursors()
    _items()


def downgrade() -> None:
    for table in ("crm_items", "crm_cursors", "crm_asks", "crm_conflicts", "crm_events", "crm_records"):
        op.drop_table(table)


def _records() -> None:
    op.create_table(
        "crm_records",
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, primary_key=True),
        sa.Column("record", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("fields", JSONB, nullable=False),
        sa.Column("due", sa.Boolean, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("added_at", _TIME, nullable=False, server_default=_NOW),
        sa.Column("seen_at", _TIME, nullable=False, server_default=_NOW),
        sa.Column("gone_at", _TIME),
    )
    op.create_index("crm_records_by_key", "crm_records", ["org", "key"])
    op.create_index(
        "crm_records_gone", "crm_records", ["org", "object", "gone_at"], postgresql_where=sa.text("gone_at IS NOT NULL")
    )
    op.create_index("crm_records_due", "crm_records", ["org", "object"], postgresql_where=sa.text("due"))
    op.create_table(
        "crm_events",
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, primary_key=True),
        sa.Column("seen_at", _TIME, nullable=False, server_default=_NOW),
    )
    op.create_index("crm_events_by_age", "crm_events", ["seen_at"])


def _conflicts() -> None:
    words = ("org", "object", "record", "key", "field", "rule", "outcome", "reason")
    op.create_table(
        "crm_conflicts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in words),
        *(sa.Column(name, JSONB, nullable=False) for name in ("base", "theirs", "ours", "value")),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("own", sa.Boolean),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("decided_at", _TIME, nullable=False, server_default=_NOW),
    )
    op.create_index("crm_conflicts_by_record", "crm_conflicts", ["record", "id"])
    op.create_index("crm_conflicts_by_key", "crm_conflicts", ["key", "id"])


def _asks() -> None:
    op.create_table(
        "crm_asks",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("return_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=_EMPTY),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("found_at", _TIME, nullable=False, server_default=_NOW),
        sa.Column("answered_at", _TIME),
        sa.Column("status", sa.Text, nullable=False, server_default=_EMPTY),
        sa.Column("sentence", sa.Text, nullable=False, server_default=_EMPTY),
    )
    op.create_index(
        "crm_asks_unanswered", "crm_asks", ["org", "found_at"], postgresql_where=sa.text("answered_at IS NULL")
    )


def _cursors() -> None:
    op.create_table(
        "crm_cursors",
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, primary_key=True),
        sa.Column("mapping", sa.Text, primary_key=True),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("saved_at", _TIME, nullable=False, server_default=_NOW),
        sa.Column("told_at", _TIME),
        sa.Column("comparing", sa.Text, nullable=False, server_default=_EMPTY),
        sa.Column("after", sa.Text, nullable=False, server_default=_EMPTY),
        sa.Column("began", _TIME),
        sa.Column("probed_at", _TIME),
        sa.Column("restarted_at", _TIME),
    )


def _items() -> None:
    words = ("org", "kind", "object", "record", "key", "field", "detail")
    op.create_table(
        "crm_items",
        sa.Column("item_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in words),
        sa.Column("opened_at", _TIME, nullable=False, server_default=_NOW),
        sa.Column("resolved_at", _TIME),
        sa.Column("acted_at", _TIME),
        *(sa.Column(name, sa.Text, nullable=False, server_default=_EMPTY) for name in ("choice", "by", "note")),
    )
    op.create_index(
        "crm_items_open", "crm_items", ["org", "object", "record", "field", "kind"], unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )  # fmt: skip
