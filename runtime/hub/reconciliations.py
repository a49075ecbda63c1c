"""What the last comparison of a CRM org with the books found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runtime.hub.ages import seconds
from runtime.reconciling import Found
from store.port import Reconciliation


def found_of(found: Found, now: datetime) -> dict[str, Any]:
    """With the differences, return by return."""
    return document_of(found.run, now) | {
        "drift": [
            {"return_id": each.return_id, "record": each.record, "field": each.field, "cause": each.cause}
            | {"action": each.action, "ours": each.ours, "theirs": each.theirs}
            for each in found.drifts
        ]
    }


def document_of(run: Reconciliation, now: datetime) -> dict[str, Any]:
    return {
        "org": run.org,
        "object": run.object,
        "state": run.state,
        "sample": run.sample,
        "in_crm": run.in_crm,
        "in_books": run.in_books,
        "same": run.same,
        "healed": run.healed,
        "subscription_alive": run.alive,
        "causes": dict(run.causes),
        "fields": dict(run.fields),
        "reason": run.reason,
        "age_seconds": seconds(now - run.started_at),
    }
