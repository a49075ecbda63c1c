"""The tables as SQLAlchemy Core knows them. `migrations/` makes them; a test holds the two together."""

from __future__ import annotations

from store.tables.ledger import ledger_entries, ledger_lines
from store.tables.metadata import METADATA
from store.tables.outbox import crm_shown, outbox
from store.tables.quota import crm_breakers, crm_pace, crm_quota
from store.tables.returns import contacts, moves, returns, timeline

__all__ = [
    "METADATA",
    "contacts",
    "crm_breakers",
    "crm_pace",
    "crm_quota",
    "crm_shown",
    "ledger_entries",
    "ledger_lines",
    "moves",
    "outbox",
    "returns",
    "timeline",
]
