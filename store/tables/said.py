"""Which message a caller's key stands for, as a hash: what was said is not in it."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Table, Text, func

from store.tables.metadata import METADATA

said = Table(
    "said",
    METADATA,
    Column("place", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
