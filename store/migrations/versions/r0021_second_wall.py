"""What row-level security asks: the scope of a transaction, the shop of a return, and acts that are told with no rights
of one's own. The policies themselves are raised by every upgrade (store/walling.py)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# Once a transaction has set it, a setting of our own is empty afterwards and no longer absent.
_SCOPE = """
CREATE FUNCTION backhaul_scope(kind text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CAST(coalesce(nullif(current_setting('backhaul.' || kind, true), ''), '{}') AS text[])
$$
"""
_APPEND = "audit_append(text, jsonb, jsonb)"


def upgrade() -> None:
    op.add_column(
        "returns",
        sa.Column(
            "shop", sa.Text, sa.Computed("coalesce(snapshot ->> 'shop', '')", persisted=True), nullable=False
        ),
    )  # fmt: skip
    op.execute(_SCOPE)
    # The function alone writes chains, as their owner does; who calls it cannot write them otherwise. Temporary tables
    # come last where it looks for names, else anybody could put one in the place of the chain.
    schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    op.execute(f"ALTER FUNCTION {_APPEND} SECURITY DEFINER")
    op.execute(f"ALTER FUNCTION {_APPEND} SET search_path = {schema}, pg_catalog, pg_temp")
    op.execute(f"REVOKE EXECUTE ON FUNCTION {_APPEND} FROM PUBLIC")


def downgrade() -> None:
    op.execute(f"GRANT EXECUTE ON FUNCTION {_APPEND} TO PUBLIC")
    op.execute(f"ALTER FUNCTION {_APPEND} SECURITY INVOKER")
    op.execute(f"ALTER FUNCTION {_APPEND} RESET search_path")
    for name in ("word", "email", "sku", "tracking"):
        op.execute(f"DROP FUNCTION IF EXISTS returns_by_{name}")
    for table in sa.inspect(op.get_bind()).get_table_names():
        op.execute(f"DROP POLICY IF EXISTS seen ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_column("returns", "shop")
    op.execute("DROP FUNCTION backhaul_scope")
