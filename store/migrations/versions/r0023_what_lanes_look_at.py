"""Dead letters of webhooks and decided items of the CRMs are found without reading all the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "webhook_deliveries_dead", "webhook_deliveries", ["name", "id"],
        postgresql_where=sa.text("dead_at IS NOT NULL AND delivered_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "crm_items_decided", "crm_items", ["org", "object"],
        postgresql_where=sa.text("resolved_at IS NOT NULL AND acted_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("crm_items_decided", "crm_items")
    op.drop_index("webhook_deliveries_dead", "webhook_deliveries")
