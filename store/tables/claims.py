"""Who works on which hold."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Table, Text, func

from store.tables.metadata import METADATA

# The hold itself is in the return's snapshot. A row whose time is over says nothing any more.
hold_claims = Table(
    "hold_claims",
    METADATA,
    Column("return_id", ForeignKey("returns.return_id"), primary_key=True),
    Column("hold_id", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("taken_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("until", DateTime(timezone=True), nullable=False),
)
Index("hold_claims_of", hold_claims.c.by)
