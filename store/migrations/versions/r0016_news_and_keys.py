"""Moves by the time they were recorded, for who listens to returns; and which message a caller's key stands for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("moves_by_time", "moves", ["recorded_at"], postgresql_using="brin")
    op.create_table(
        "said",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    op.drop_table("said")
    op.drop_index("moves_by_time", "moves")
