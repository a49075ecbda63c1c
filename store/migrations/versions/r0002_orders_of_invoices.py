"""Which order an invoice of the ledger is for, so that people find it by the number they know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Every invoice of the ledger was first seen by a return, which knows its order.
_FILL = """
    UPDATE ledger_lines SET order_id = returns.order_id
    FROM ledger_entries JOIN returns ON returns.return_id = ledger_entries.return_id
    WHERE ledger_entries.invoice_id = ledger_lines.invoice_id
"""


def upgrade() -> None:
    op.add_column("ledger_lines", sa.Column("order_id", sa.Text, nullable=False, server_default=""))
    op.execute(_FILL)
    op.alter_column("ledger_lines", "order_id", server_default=None)
    op.create_index("ledger_lines_by_order", "ledger_lines", ["order_id"])


def downgrade() -> None:
    op.drop_index("ledger_lines_by_order")
    op.drop_column("ledger_lines", "order_id")
