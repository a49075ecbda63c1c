"""The tables as SQLAlchemy Core knows them. `migrations/` makes them; a test holds the two together."""

from __future__ import annotations

from store.tables.crm_backfills import crm_attempts, crm_backfills
from store.tables.crm_reconciliations import crm_drift, crm_reconciliations, crm_seen
from store.tables.ledger import ledger_entries, ledger_lines
from store.tables.metadata import METADATA
from store.tables.outbox import crm_shown, outbox
from store.tables.returns import contacts, moves, returns, timeline

__all__ = [
    "METADATA",
    "contacts",
    "crm_attempts",
    "crm_backfills",
    "crm_drift",
    "crm_reconciliations",
    "crm_seen",
    "crm_shown",
    "ledger_entries",
    "ledger_lines",
    "moves",
    "outbox",
    "returns",
    "timeline",
]
