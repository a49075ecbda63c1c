"""Moves by the time they were recorded: what somebody missed who listens to returns."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("moves_by_time", "moves", ["recorded_at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("moves_by_time", "moves")
