"""Who is the same party: parties, the cross-reference, what was decided by whom, and what records are found by."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from store.tables.metadata import METADATA

# Every record has a party of its own for ever; which of them are one follows from the decisions that stand
# (store/forest.py).
parties = Table(
    "parties",
    METADATA,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("status", Text, nullable=False, server_default=text("'live'")),
    Column("merged_into", ForeignKey("parties.id")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("status = CASE WHEN merged_into IS NULL THEN 'live' ELSE 'merged' END", name="known_party_status"),
)
Index("parties_by_survivor", parties.c.merged_into, postgresql_where=parties.c.merged_into.is_not(None))

# The cross-reference. `home_id` is the record's own party, `party_id` the one it has become. A record merged away in
# its system points at the one that lives.
party_links = Table(
    "party_links",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("system", Text, nullable=False),
    Column("org", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("home_id", ForeignKey("parties.id"), nullable=False),
    Column("party_id", ForeignKey("parties.id"), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'active'")),
    Column("merged_to", ForeignKey("party_links.id")),
    Column("state_at", DateTime(timezone=True), nullable=False, server_default=text("'1970-01-01T00:00:00Z'")),
    Column("first_seen", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("evidence", JSONB, nullable=False, server_default=text("'{}'")),
    Column("fingerprint", Text, nullable=False, server_default=text("''")),
    Column("suppressed", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("system", "org", "object", "external_id", name="one_link_per_record"),
    CheckConstraint("state IN ('active', 'tombstone', 'merged')", name="known_link_state"),
)
Index("party_links_by_party", party_links.c.party_id)
Index("party_links_by_home", party_links.c.home_id, unique=True)

# Which account of a CRM a customer's returns are shown at. An account is an organisation or a household: that two
# accounts were merged says nothing of the people there, so it is no party of theirs.
party_accounts = Table(
    "party_accounts",
    METADATA,
    Column("link_id", ForeignKey("party_links.id"), primary_key=True),
    Column("org", Text, primary_key=True),
    Column("account_id", ForeignKey("party_links.id"), nullable=False),
)
Index("party_accounts_by_account", party_accounts.c.account_id)

# Personal data, apart from everything else, erasable at any time: what a record says of its party.
party_details = Table(
    "party_details",
    METADATA,
    Column("link_id", ForeignKey("party_links.id"), primary_key=True),
    Column("fields", JSONB, nullable=False),
)

# What a record is found by: codes made with a key (security/marks.py), which tell nobody what they were made of.
party_keys = Table(
    "party_keys",
    METADATA,
    Column("link_id", ForeignKey("party_links.id"), primary_key=True),
    Column("hmac", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
)
Index("party_keys_by_code", party_keys.c.hmac)

# Mailboxes whose owner asked to be forgotten: no details are kept of records that have them.
suppressed_keys = Table(
    "suppressed_keys",
    METADATA,
    Column("hmac", LargeBinary, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# How two records compared, as levels; nothing of what was compared. It is what weights are found from.
party_comparisons = Table(
    "party_comparisons",
    METADATA,
    Column("one", ForeignKey("party_links.id"), primary_key=True),
    Column("other", ForeignKey("party_links.id"), primary_key=True),
    Column("levels", ARRAY(SmallInteger), nullable=False),
    CheckConstraint("one < other", name="each_pair_once"),
)

# What was decided about two records. A link: `from_party` went into `into_party`, which is the party of `stays`.
match_decisions = Table(
    "match_decisions",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("one", ForeignKey("party_links.id"), nullable=False),
    Column("other", ForeignKey("party_links.id"), nullable=False),
    Column("stays", ForeignKey("party_links.id")),
    Column("from_party", ForeignKey("parties.id")),
    Column("into_party", ForeignKey("parties.id")),
    Column("verdict", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("rule", Text, nullable=False, server_default=text("''")),
    Column("score", Float),
    Column("features", JSONB, nullable=False, server_default=text("'{}'")),
    Column("weights_version", Text, nullable=False, server_default=text("''")),
    Column("by_whom", Text, nullable=False),
    Column("why", Text, nullable=False, server_default=text("''")),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("verdict IN ('auto', 'review', 'human')", name="known_verdict"),
    CheckConstraint("outcome IN ('open', 'linked', 'refused', 'undone', 'void')", name="known_outcome"),
    CheckConstraint("outcome <> 'linked' OR coalesce(stays IN (one, other), false)", name="linked_whom"),
)
Index(
    "one_open_review_per_pair",
    match_decisions.c.one,
    match_decisions.c.other,
    unique=True,
    postgresql_where=match_decisions.c.outcome == "open",
)
Index("match_decisions_by_other", match_decisions.c.other)

# What people said of two records, the newest word of each pair: `together` or `apart`.
identity_facts = Table(
    "identity_facts",
    METADATA,
    Column("one", ForeignKey("party_links.id"), primary_key=True),
    Column("other", ForeignKey("party_links.id"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("decision_id", ForeignKey("match_decisions.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("one < other", name="each_fact_once"),
    CheckConstraint("kind IN ('together', 'apart')", name="known_fact"),
)
Index("identity_facts_by_other", identity_facts.c.other)

# Weights found from stored comparisons; without an active row the shipped ones count.
identity_weights = Table(
    "identity_weights",
    METADATA,
    Column("version", Integer, Identity(always=True), primary_key=True),
    Column("document", JSONB, nullable=False),
    Column("records", Integer, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("false")),
    Column("by_whom", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
Index(
    "one_active_weights", identity_weights.c.active, unique=True, postgresql_where=identity_weights.c.active.is_(True)
)

# Who did what to the cross-reference, why, and what it was before and after: ids and states only.
identity_audit = Table(
    "identity_audit",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("by_whom", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("why", Text, nullable=False, server_default=text("''")),
    Column("before", JSONB, nullable=False, server_default=text("'{}'")),
    Column("after", JSONB, nullable=False, server_default=text("'{}'")),
)
