"""Requests to erase a person, and the returns whose person is erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _moment(name: str, **more: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), **more)  # type: ignore[arg-type]


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("by_whom", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        _moment("asked_at", nullable=False),
        _moment("answer_by", nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'waiting'")),
        sa.Column("subject", JSONB, nullable=False),
        sa.Column("waits_for", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
        _moment("erased_at"),
        _moment("ended_at"),
        sa.CheckConstraint(
            "state IN ('waiting', 'erasing', 'done', 'incomplete', 'withdrawn')", name="known_erasure_state"
        ),
    )
    op.create_index("erasures_newest", "erasures", [sa.text("asked_at DESC")])
    op.create_table(
        "erasure_parts",
        sa.Column("request_id", sa.Text, sa.ForeignKey("erasures.request_id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("what", JSONB, nullable=False),
        sa.Column("refused", sa.Text, nullable=False, server_default=sa.text("''")),
        _moment("at", nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "erased_returns",
        sa.Column("return_id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, sa.ForeignKey("erasures.request_id"), nullable=False),
        _moment("at", nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    for table in ("erased_returns", "erasure_parts", "erasures"):
        op.drop_table(table)
