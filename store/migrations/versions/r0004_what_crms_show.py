"""What each CRM shows of a return: the version and stage it was last known to have been given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What was told before is in the outbox. The stage is the one at which it was owed, so a return that passed on within
# the same second may be counted as behind until it is told the next time, or replayed.
_FILL = """
    INSERT INTO crm_shown (return_id, org, version, stage, shown_at)
    SELECT DISTINCT ON (return_id, lane) return_id, substr(lane, 5), version, subject, delivered_at
    FROM outbox WHERE lane LIKE 'crm:%' AND delivered_at IS NOT NULL
    ORDER BY return_id, lane, version DESC, id DESC
"""


def upgrade() -> None:
    op.create_table(
        "crm_shown",
        sa.Column("return_id", sa.Text, sa.ForeignKey("returns.return_id"), primary_key=True),
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.execute(_FILL)


def downgrade() -> None:
    op.drop_table("crm_shown")
