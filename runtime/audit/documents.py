"""An act as front doors show it. Its `why` is null when the reason was erased."""

from __future__ import annotations

import json
from typing import Any

from store.port import Entry


def entry_document(one: Entry) -> dict[str, Any]:
    return {
        "stream": one.stream,
        "seq": one.seq,
        "at": one.at.isoformat(),
        "actor": one.actor,
        "action": one.action,
        "subject": one.subject,
        "why": one.reason if one.reason or not one.why else None,
        "before": json.loads(one.before),
        "after": json.loads(one.after),
        "personal": one.personal,
        "hash": one.hash.hex(),
    }
