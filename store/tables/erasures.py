"""Requests to erase a person, what was done, and the returns whose person is erased. No personal data."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from store.tables.metadata import METADATA

# `subject` names returns, orders and records by their ids.
erasures = Table(
    "erasures",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("by_whom", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("answer_by", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("subject", JSONB, nullable=False),
    Column("waits_for", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("erased_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('waiting', 'erasing', 'done', 'incomplete', 'withdrawn')", name="known_erasure_state"),
)
Index("erasures_newest", erasures.c.asked_at.desc())

erasure_parts = Table(
    "erasure_parts",
    METADATA,
    Column("request_id", ForeignKey("erasures.request_id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("what", JSONB, nullable=False),
    Column("refused", Text, nullable=False, server_default=text("''")),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# Nothing personal is kept of these returns again, whoever brings it.
erased_returns = Table(
    "erased_returns",
    METADATA,
    Column("return_id", Text, primary_key=True),
    Column("request_id", ForeignKey("erasures.request_id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
