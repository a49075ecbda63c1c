"""Who sees which rows, decided once for every table: the policies of row-level security, the second wall.

The first are the questions themselves, which ask for nothing but what is somebody's to see. These hold when one of
them forgets to. They bind roles that own no table, as the API's does (walling.py raises them and lets it in).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

# What is seen is worked out once for a statement, not for each row: that is what the parentheses are for.
_ALL = "'*' = ANY (backhaul_scope('{0}'))"
_EVERYTHING = f"(SELECT {_ALL.format('regions')} AND {_ALL.format('shops')})"
_ONE = "((SELECT {all}) OR {column} = ANY ((SELECT backhaul_scope('{kind}'))::text[]))"
_REGION = _ONE.format(all=_ALL.format("regions"), column="region", kind="regions")
_SHOP = _ONE.format(all=_ALL.format("shops"), column="shop", kind="shops")
_OF = "EXISTS (SELECT FROM returns AS mine WHERE mine.{of} = {table}.{column})"
_STREAM = "return:"


class Rows(StrEnum):
    """Which rows are seen."""

    ITS_OWN = "of the regions and shops that are seen"
    OF_A_RETURN = "about a return that is seen; what is about none, by whoever sees everything"
    OF_AN_ORDER = "about an order that a return is of that is seen"
    OF_A_STREAM = "in the chain of a return that is seen; other chains, by whoever sees everything"
    WHOLE = "all, by whoever sees everything; else none"
    ANY = (
        "all, by everybody: there is nothing of a return or a person in them, or it must be found before that is known"
    )


@dataclass(frozen=True, slots=True)
class Wall:
    """`by` is the column that names what a row is about, if any. `written`: whether the API's role may write there
    itself."""

    rows: Rows
    by: str = ""
    written: bool = True

    def condition(self, table: str) -> str:
        match self.rows:
            case Rows.ITS_OWN:
                return f"{_REGION} AND {_SHOP}"
            case Rows.OF_A_RETURN:
                return f"{_EVERYTHING} OR {_OF.format(of='return_id', table=table, column=self.by)}"
            case Rows.OF_AN_ORDER:
                return f"{_EVERYTHING} OR {_OF.format(of='order_id', table=table, column=self.by)}"
            case Rows.OF_A_STREAM:
                named = f"starts_with({table}.stream, '{_STREAM}')"
                mine = f"mine.return_id = substr({table}.stream, {len(_STREAM) + 1})"
                return f"{_EVERYTHING} OR ({named} AND EXISTS (SELECT FROM returns AS mine WHERE {mine}))"
            case Rows.WHOLE:
                return _EVERYTHING
            case Rows.ANY:
                return "true"

    def mark(self, table: str) -> str:
        """Kept beside the policy: tells one that is as it must be from an older one."""
        return hashlib.sha256(self.condition(table).encode()).hexdigest()[:16]


_MINE, _WHOLE, _ANY = Wall(Rows.OF_A_RETURN, by="return_id"), Wall(Rows.WHOLE), Wall(Rows.ANY)
_KEYED = Wall(Rows.OF_A_RETURN, by="key")
# Acts are told by audit_append, which needs no right of its caller; what is signed, by the workers.
_CHAINED, _PROVEN = Wall(Rows.OF_A_STREAM, by="stream", written=False), Wall(Rows.WHOLE, written=False)

# Every table is here, or a test fails.
WALLS: Mapping[str, Wall] = MappingProxyType(
    {
        "returns": Wall(Rows.ITS_OWN),
        "moves": _MINE,
        "timeline": _MINE,
        "contacts": _MINE,
        "change_requests": _MINE,
        "change_notes": _MINE,
        "outbox": _MINE,
        "hold_claims": _MINE,
        "ledger_entries": _MINE,
        "ledger_lines": Wall(Rows.OF_AN_ORDER, by="order_id"),
        "erased_returns": _MINE,
        # Persons are nobody's region: their requests are dealt with by front doors that see everything meanwhile.
        "erasures": _WHOLE,
        "erasure_parts": _WHOLE,
        "webhook_deliveries": _MINE,
        "webhook_subscriptions": _ANY,
        "webhook_secrets": _WHOLE,
        "audit": _CHAINED,
        "audit_reasons": _CHAINED,
        "audit_heads": _PROVEN,
        "audit_salts": _PROVEN,
        "audit_checkpoints": _PROVEN,
        "audit_checkpoint_heads": _PROVEN,
        "audit_stubs": _PROVEN,
        "crm_shown": _MINE,
        "crm_records": _KEYED,
        "crm_under_way": _KEYED,
        "crm_conflicts": _KEYED,
        "crm_items": _KEYED,
        "crm_asks": _MINE,
        "crm_seen": _MINE,
        "crm_drift": _MINE,
        # An org, how far it was heard, its allowance and its counts are nobody's region.
        "crm_events": _ANY,
        "crm_cursors": _ANY,
        "crm_backfills": _ANY,
        "crm_attempts": _ANY,
        "crm_reconciliations": _ANY,
        "crm_quota": _ANY,
        "crm_pace": _ANY,
        "crm_breakers": _ANY,
        "parties": _WHOLE,
        "party_links": _WHOLE,
        "party_accounts": _WHOLE,
        "party_details": _WHOLE,
        "party_keys": _WHOLE,
        "suppressed_keys": _WHOLE,
        "party_comparisons": _WHOLE,
        "match_decisions": _WHOLE,
        "identity_facts": _WHOLE,
        "identity_weights": _WHOLE,
        "identity_audit": _WHOLE,
        # Sealed, and read by what signs in with them, which sees everything.
        "credentials": _WHOLE,
        # Hashes of messages, which count before there is a return.
        "said": _ANY,
        # Found by the hash of a secret, which is how somebody's scope becomes known at all.
        "sessions": _ANY,
        "sign_ins": _ANY,
    }
)
