"""Sessions of people at the console, and sign-ins whose answer is awaited."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts: list[sa.Column[Any]] = [sa.Column(name, sa.Text, nullable=False) for name in ("name", "shown")]
    lists: list[sa.Column[Any]] = [
        sa.Column(name, ARRAY(sa.Text), nullable=False) for name in ("roles", "regions", "shops")
    ]
    times: list[sa.Column[Any]] = [
        sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("seen_at", "ends_at")
    ]
    op.create_table("sessions", sa.Column("digest", sa.Text, primary_key=True), *texts, *lists, *times)
    op.create_index("sessions_by_end", "sessions", ["ends_at"])
    op.create_table(
        "sign_ins",
        sa.Column("state", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("browser", "nonce", "verifier", "goal")),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("sign_ins")
    op.drop_table("sessions")
