"""Who is the same party: parties, the cross-reference, decisions, keys and weights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = (
    "parties",
    "party_links",
    "party_accounts",
    "party_details",
    "party_keys",
    "suppressed_keys",
    "party_comparisons",
    "match_decisions",
    "identity_facts",
    "identity_weights",
    "identity_audit",
)


def upgrade() -> None:
    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.func.gen_random_uuid()),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'live'")),
        sa.Column("merged_into", sa.Uuid, sa.ForeignKey("parties.id")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "status = CASE WHEN merged_into IS NULL THEN 'live' ELSE 'merged' END", name="known_party_status"
        ),
    )
    op.create_table(
        "party_links",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("org", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("home_id", sa.Uuid, sa.ForeignKey("parties.id"), nullable=False),
        sa.Column("party_id", sa.Uuid, sa.ForeignKey("parties.id"), nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'active'")),
        sa.Column("merged_to", sa.BigInteger, sa.ForeignKey("party_links.id")),
        sa.Column(
            "state_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("'1970-01-01T00:00:00Z'")
        ),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("evidence", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("fingerprint", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("suppressed", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.UniqueConstraint("system", "org", "object", "external_id", name="one_link_per_record"),
        sa.CheckConstraint("state IN ('active', 'tombstone', 'merged')", name="known_link_state"),
    )
    op.create_table(
        "party_accounts",
        sa.Column("link_id", sa.BigInteger, sa.ForeignKey("party_links.id"), primary_key=True),
        sa.Column("org", sa.Text, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("party_links.id"), nullable=False),
    )
    op.create_table(
        "party_details",
        sa.Column("link_id", sa.BigInteger, sa.ForeignKey("party_links.id"), primary_key=True),
        sa.Column("fields", JSONB, nullable=False),
    )
    op.create_table(
        "party_keys",
        sa.Column("link_id", sa.BigInteger, sa.ForeignKey("party_links.id"), primary_key=True),
        sa.Column("hmac", sa.LargeBinary, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
    )
    op.create_table(
        "suppressed_keys",
        sa.Column("hmac", sa.LargeBinary, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "party_comparisons",
        sa.Column("one", sa.BigInteger, sa.ForeignKey("party_links.id"), primary_key=True),
        sa.Column("other", sa.BigInteger, sa.ForeignKey("party_links.id"), primary_key=True),
        sa.Column("levels", ARRAY(sa.SmallInteger), nullable=False),
        sa.CheckConstraint("one < other", name="each_pair_once"),
    )
    op.create_table(
        "match_decisions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("one", sa.BigInteger, sa.ForeignKey("party_links.id"), nullable=False),
        sa.Column("other", sa.BigInteger, sa.ForeignKey("party_links.id"), nullable=False),
        sa.Column("stays", sa.BigInteger, sa.ForeignKey("party_links.id")),
        sa.Column("from_party", sa.Uuid, sa.ForeignKey("parties.id")),
        sa.Column("into_party", sa.Uuid, sa.ForeignKey("parties.id")),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("score", sa.Float),
        sa.Column("features", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("weights_version", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("by_whom", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("verdict IN ('auto', 'review', 'human')", name="known_verdict"),
        sa.CheckConstraint("outcome IN ('open', 'linked', 'refused', 'undone', 'void')", name="known_outcome"),
        sa.CheckConstraint("outcome <> 'linked' OR coalesce(stays IN (one, other), false)", name="linked_whom"),
    )
    op.create_table(
        "identity_facts",
        sa.Column("one", sa.BigInteger, sa.ForeignKey("party_links.id"), primary_key=True),
        sa.Column("other", sa.BigInteger, sa.ForeignKey("party_links.id"), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("decision_id", sa.BigInteger, sa.ForeignKey("match_decisions.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("one < other", name="each_fact_once"),
        sa.CheckConstraint("kind IN ('together', 'apart')", name="known_fact"),
    )
    op.create_table(
        "identity_weights",
        sa.Column("version", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("by_whom", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "identity_audit",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("by_whom", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("before", JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("after", JSONB, nullable=False, server_default=sa.text("'{}'")),
    )
    op.create_index(
        "parties_by_survivor", "parties", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL")
    )
    op.create_index("party_links_by_party", "party_links", ["party_id"])
    op.create_index("party_links_by_home", "party_links", ["home_id"], unique=True)
    op.create_index("party_accounts_by_account", "party_accounts", ["account_id"])
    op.create_index("party_keys_by_code", "party_keys", ["hmac"])
    op.create_index(
        "one_open_review_per_pair",
        "match_decisions",
        ["one", "other"],
        unique=True,
        postgresql_where=sa.text("outcome = 'open'"),
    )
    op.create_index("match_decisions_by_other", "match_decisions", ["other"])
    op.create_index("identity_facts_by_other", "identity_facts", ["other"])
    op.create_index(
        "one_active_weights", "identity_weights", ["active"], unique=True, postgresql_where=sa.text("active IS true")
    )


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)
