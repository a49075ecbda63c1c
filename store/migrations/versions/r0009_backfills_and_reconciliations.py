"""Backfills, reconciliations and what they found; how attempts to tell a CRM ended; an index for the latency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NOW = sa.func.now()
_NONE, _NOTHING = sa.text("''"), sa.text("0")


def upgrade() -> None:
    op.create_table(
        "crm_backfills",
        sa.Column("backfill_id", sa.Text, primary_key=True),
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("only_open", sa.Boolean, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("total", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False, server_default=_NOTHING)
            for name in ("shown", "newer", "refused")
        ),
        *(sa.Column(name, sa.Text, nullable=False, server_default=_NONE) for name in ("after", "ticket", "reason")),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
    )
    op.create_index("crm_backfills_newest", "crm_backfills", ["org", sa.text("started_at DESC")])
    op.create_table(
        "crm_attempts",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("org", "region", "work", "cause")),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("many", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org", "region", "work", "cause", "hour"),
    )
    op.create_table(
        "crm_reconciliations",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("sample", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False, server_default=_NONE),
        *(
            sa.Column(name, sa.Integer, nullable=False, server_default=_NOTHING)
            for name in ("in_crm", "in_books", "same", "healed")
        ),
        sa.Column("alive", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("reason", sa.Text, nullable=False, server_default=_NONE),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_index("crm_reconciliations_newest", "crm_reconciliations", ["org", sa.text("started_at DESC")])
    op.create_table("crm_seen", _run(primary_key=True), sa.Column("return_id", sa.Text, primary_key=True))
    op.create_table(
        "crm_drift",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _run(),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("return_id", "record", "field", "cause", "action", "ours", "theirs")
        ),
    )
    op.create_index("crm_drift_of_run", "crm_drift", ["run_id", "return_id"])
    op.create_index("outbox_told", "outbox", ["delivered_at"], postgresql_where=sa.text("delivered_at IS NOT NULL"))


def _run(*, primary_key: bool = False) -> sa.Column[str]:
    parent = sa.ForeignKey("crm_reconciliations.run_id", ondelete="CASCADE")
    return sa.Column("run_id", sa.Text, parent, primary_key=primary_key, nullable=False)


def downgrade() -> None:
    op.drop_index("outbox_told", "outbox")
    for table in ("crm_drift", "crm_seen", "crm_reconciliations", "crm_attempts", "crm_backfills"):
        op.drop_table(table)
