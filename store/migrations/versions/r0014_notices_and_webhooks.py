"""Notices that are lost, bounce and are sent again, in the customer's language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("language", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("outbox", sa.Column("sending", sa.Integer, nullable=False, server_default=sa.text("1")))
    op.add_column("outbox", sa.Column("lost", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("outbox", sa.Column("message_id", sa.Text))
    op.add_column("outbox", sa.Column("bounced_at", sa.DateTime(timezone=True)))
    op.create_index("outbox_message", "outbox", ["message_id"], postgresql_where=sa.text("message_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("outbox_message", "outbox")
    for name in ("bounced_at", "message_id", "lost", "sending"):
        op.drop_column("outbox", name)
    op.drop_column("contacts", "language")
