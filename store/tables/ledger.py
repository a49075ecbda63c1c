"""The reversal ledger."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from store.tables.metadata import METADATA

# The reversal ledger: what an invoice line was posted at, in minor units; `taxes` maps the tax code to its amount.
ledger_lines = Table(
    "ledger_lines",
    METADATA,
    Column("invoice_id", Text, primary_key=True),
    Column("line_id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("taxes", JSONB, nullable=False),
)
Index("ledger_lines_by_order", ledger_lines.c.order_id)

# ... and what each return took of it. `value` is in millionths of a unit; a released entry takes nothing; footing.py
# tells what `footing` means.
ledger_entries = Table(
    "ledger_entries",
    METADATA,
    Column("return_id", Text, primary_key=True),
    Column("invoice_id", Text, primary_key=True),
    Column("line_id", Text, primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("taxes", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("footing", Text, nullable=False, server_default=text("'firm'")),
    CheckConstraint("state IN ('reserved', 'reversed', 'released')", name="known_state"),
    CheckConstraint("footing IN ('firm', 'leaning', 'yielded', 'posting')", name="known_footing"),
    # What policies take off a credit has no units, and is negative.
    CheckConstraint("quantity >= 0 AND value >= 0 AND (net >= 0 OR value = 0)", name="never_negative"),
)
Index("ledger_entries_by_invoice", ledger_entries.c.invoice_id, ledger_entries.c.line_id)
