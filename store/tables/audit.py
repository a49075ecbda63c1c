"""Who did what: a chain of acts for each stream, the salts of what is personal, and what was signed of the chains."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, LargeBinary, Table, Text, text

from store.tables.metadata import METADATA

# In the order of its bytes, which everybody who verifies can repeat.
STREAM = Text(collation="C")

# One row per act, written by the function audit_append alone (see the migration); triggers refuse any change.
# `before` and `after` are JSON as text, because it is the text that is hashed.
audit = Table(
    "audit",
    METADATA,
    Column("stream", STREAM, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("personal", Boolean, nullable=False),
    Column("prev", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
Index("audit_newest", audit.c.at, audit.c.stream, audit.c.seq)
Index("audit_by_actor", audit.c.actor, audit.c.at)
Index("audit_by_action", audit.c.action, audit.c.at)
Index("audit_by_subject", audit.c.subject, audit.c.at)

# The end of each stream, where the next act goes on; its row is what appends of one stream wait for. `unsigned` while
# no checkpoint covers it.
audit_heads = Table(
    "audit_heads",
    METADATA,
    Column("stream", STREAM, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("unsigned", Boolean, nullable=False, server_default=text("true")),
)
Index("audit_heads_unsigned", audit_heads.c.stream, postgresql_where=audit_heads.c.unsigned)

# What turns a personal value into its commitment. Without the salt nobody can tell any more what was committed to.
audit_salts = Table(
    "audit_salts",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
)

# Reasons in words, beside the chain, where they can be erased: in the act there is a commitment to each.
audit_reasons = Table(
    "audit_reasons",
    METADATA,
    Column("stream", STREAM, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("audit_reasons_by_subject", audit_reasons.c.subject)

# What was signed: the ends of all streams that moved since the checkpoint before, and that checkpoint's hash.
audit_checkpoints = Table(
    "audit_checkpoints",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("streams", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("prev", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
audit_checkpoint_heads = Table(
    "audit_checkpoint_heads",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("stream", STREAM, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
Index("audit_checkpoint_heads_by_stream", audit_checkpoint_heads.c.stream, audit_checkpoint_heads.c.seq)

# Where a stream begins since retention deleted what was before: the last deleted act's number and hash, signed.
audit_stubs = Table(
    "audit_stubs",
    METADATA,
    Column("stream", STREAM, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
