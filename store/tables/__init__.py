"""The tables as SQLAlchemy Core knows them. `migrations/` makes them; a test holds the two together."""

from __future__ import annotations

from store.tables.agreed import crm_asks, crm_conflicts, crm_cursors, crm_events, crm_items, crm_records, crm_under_way
from store.tables.audit import (
    audit,
    audit_checkpoint_heads,
    audit_checkpoints,
    audit_heads,
    audit_reasons,
    audit_salts,
    audit_stubs,
)
from store.tables.changes import change_notes, change_requests
from store.tables.claims import hold_claims
from store.tables.credentials import credentials
from store.tables.crm_backfills import crm_attempts, crm_backfills
from store.tables.crm_reconciliations import crm_drift, crm_reconciliations, crm_seen
from store.tables.erasures import erased_returns, erasure_parts, erasures
from store.tables.identity import (
    identity_audit,
    identity_facts,
    identity_weights,
    match_decisions,
    parties,
    party_accounts,
    party_comparisons,
    party_details,
    party_keys,
    party_links,
    suppressed_keys,
)
from store.tables.ledger import ledger_entries, ledger_lines
from store.tables.metadata import METADATA
from store.tables.outbox import crm_shown, outbox
from store.tables.quota import crm_breakers, crm_pace, crm_quota
from store.tables.returns import contacts, moves, returns, timeline
from store.tables.said import said
from store.tables.sessions import sessions, sign_ins
from store.tables.webhooks import webhook_deliveries, webhook_secrets, webhook_subscriptions

__all__ = [
    "METADATA",
    "audit",
    "audit_checkpoint_heads",
    "audit_checkpoints",
    "audit_heads",
    "audit_reasons",
    "audit_salts",
    "audit_stubs",
    "change_notes",
    "change_requests",
    "contacts",
    "credentials",
    "crm_asks",
    "crm_attempts",
    "crm_backfills",
    "crm_breakers",
    "crm_conflicts",
    "crm_cursors",
    "crm_drift",
    "crm_events",
    "crm_items",
    "crm_pace",
    "crm_quota",
    "crm_reconciliations",
    "crm_records",
    "crm_seen",
    "crm_shown",
    "crm_under_way",
    "erased_returns",
    "erasure_parts",
    "erasures",
    "hold_claims",
    "identity_audit",
    "identity_facts",
    "identity_weights",
    "ledger_entries",
    "ledger_lines",
    "match_decisions",
    "moves",
    "outbox",
    "parties",
    "party_accounts",
    "party_comparisons",
    "party_details",
    "party_keys",
    "party_links",
    "returns",
    "said",
    "sessions",
    "sign_ins",
    "suppressed_keys",
    "timeline",
    "webhook_deliveries",
    "webhook_secrets",
    "webhook_subscriptions",
]
