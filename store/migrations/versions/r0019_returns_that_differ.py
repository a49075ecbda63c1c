"""Returns whose money does not match, or was settled by hand, are found without reading all the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "returns_that_differ",
        "returns",
        [sa.text("opened_at DESC")],
        postgresql_where=sa.text("""snapshot @> '{"matched": false}' OR snapshot -> 'by_hand' <> '[]'"""),
    )


def downgrade() -> None:
    op.drop_index("returns_that_differ", "returns")
