"""Webhooks: who is told of events, with what secret, and what each is owed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_subscriptions",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("types", ARRAY(sa.Text), nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'active'")),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("resting", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('active', 'off', 'gone')", name="known_state"),
    )
    op.create_table(
        "webhook_secrets",
        sa.Column("name", sa.Text, sa.ForeignKey("webhook_subscriptions.name"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, sa.ForeignKey("webhook_subscriptions.name"), nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("return_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owed_since", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("dead_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("reason", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.UniqueConstraint("name", "event_id", name="one_delivery_per_event"),
    )
    op.create_index(
        "webhook_deliveries_owed", "webhook_deliveries", ["name", "id"],
        postgresql_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "webhook_deliveries_done", "webhook_deliveries", ["delivered_at"],
        postgresql_where=sa.text("delivered_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    for name in ("webhook_deliveries", "webhook_secrets", "webhook_subscriptions"):
        op.drop_table(name)
