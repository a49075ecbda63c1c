"""Requests for a change, and the text of notes beside them."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Identity, Index, Table, Text, func

from store.tables.metadata import METADATA

# One row per request. `value` is no more of what was typed than a rule can use, and of a note nothing.
change_requests = Table(
    "change_requests",
    METADATA,
    Column("return_id", ForeignKey("returns.return_id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("place", BigInteger, Identity(always=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    CheckConstraint("status IN ('pending', 'accepted', 'refused')", name="known_status"),
)
Index(
    "change_requests_pending",
    change_requests.c.asked_at,
    postgresql_where=change_requests.c.status == "pending",
)

# Personal data: what somebody typed. Apart from the request, so that erasing it leaves the rest as it was.
change_notes = Table(
    "change_notes",
    METADATA,
    Column("return_id", ForeignKey("returns.return_id"), primary_key=True),
    Column("request_id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
