"""Who is signed in at the console, and who is about to."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from store.tables.metadata import METADATA

# `digest` is of what the browser holds: whoever reads the table cannot be somebody by it.
sessions = Table(
    "sessions",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("regions", ARRAY(Text), nullable=False),
    Column("shops", ARRAY(Text), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
)
Index("sessions_by_end", sessions.c.ends_at)

# A sign-in whose answer is awaited. `state` and `browser` are digests too.
sign_ins = Table(
    "sign_ins",
    METADATA,
    Column("state", Text, primary_key=True),
    Column("browser", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("goal", Text, nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
)
