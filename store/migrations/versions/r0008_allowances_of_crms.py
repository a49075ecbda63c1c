"""The CRMs' allowances: calls by org and window, their pace, and the breakers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "crm_quota",
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("began", moment, primary_key=True),
        sa.Column("ends", moment, nullable=False),
        sa.Column("most", sa.Integer),
        sa.Column("reserve", sa.Integer, nullable=False),
        sa.Column("spent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("told", sa.Integer),
        sa.Column("told_spent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("told_at", moment),
        sa.Column("holders", JSONB, nullable=False, server_default="{}"),
    )
    op.create_table(
        "crm_pace",
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("next", moment),
        sa.Column("next_rest", moment),
        sa.Column("slowed_at", moment),
    )
    op.create_table(
        "crm_breakers",
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("family", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("trips", sa.Integer, nullable=False, server_default="0"),
        sa.Column("cause", sa.Text, nullable=False, server_default=""),
        sa.Column("opened_at", moment),
        sa.Column("opened_until", moment),
        sa.Column("probing_until", moment),
        sa.Column("why", sa.Text, nullable=False, server_default=""),
        sa.Column("closed_at", moment),
    )


def downgrade() -> None:
    for table in ("crm_breakers", "crm_pace", "crm_quota"):
        op.drop_table(table)
