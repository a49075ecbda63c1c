"""Credentials of vendors, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credentials",
        sa.Column("vendor", sa.Text, primary_key=True),
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("before", sa.LargeBinary),
        sa.Column("before_until", sa.DateTime(timezone=True)),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.CheckConstraint("(before IS NULL) = (before_until IS NULL)", name="before_has_an_end"),
    )


def downgrade() -> None:
    op.drop_table("credentials")
