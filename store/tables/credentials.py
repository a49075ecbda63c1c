"""Credentials of vendors, sealed under BACKHAUL_CREDENTIALS__KEYS. No personal data but who of us wrote them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Integer, LargeBinary, Table, Text, func, text

from store.tables.metadata import METADATA

credentials = Table(
    "credentials",
    METADATA,
    Column("vendor", Text, primary_key=True),
    Column("org", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary),
    Column("before", LargeBinary),
    Column("before_until", DateTime(timezone=True)),
    Column("set_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("set_by", Text, nullable=False),
    Column("key", Text, nullable=False, server_default=text("''")),
    CheckConstraint("(before IS NULL) = (before_until IS NULL)", name="before_has_an_end"),
)
