"""Who works on which hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold_claims",
        sa.Column("return_id", sa.Text, sa.ForeignKey("returns.return_id"), primary_key=True),
        sa.Column("hold_id", sa.Text, primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("hold_claims_of", "hold_claims", ["by"])


def downgrade() -> None:
    op.drop_table("hold_claims")
