"""Corrections that take off a credit, what a reservation stands on, and values in millionths of a unit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ENTRIES = "ledger_entries"


def upgrade() -> None:
    op.add_column(_ENTRIES, sa.Column("footing", sa.Text, nullable=False, server_default=sa.text("'firm'")))
    op.create_check_constraint("known_footing", _ENTRIES, "footing IN ('firm', 'leaning', 'yielded', 'posting')")
    op.drop_constraint("never_negative", _ENTRIES)
    op.create_check_constraint("never_negative", _ENTRIES, "quantity >= 0 AND value >= 0 AND (net >= 0 OR value = 0)")
    # They were kept in ten-thousandths.
    op.execute("UPDATE ledger_entries SET value = value * 100")


def downgrade() -> None:
    op.execute("DELETE FROM ledger_entries WHERE net < 0")
    op.execute("UPDATE ledger_entries SET value = value / 100")
    op.drop_constraint("never_negative", _ENTRIES)
    op.create_check_constraint("never_negative", _ENTRIES, "quantity >= 0 AND value >= 0 AND net >= 0")
    op.drop_constraint("known_footing", _ENTRIES)
    op.drop_column(_ENTRIES, "footing")
