"""What a mapping would write of returns."""

from __future__ import annotations

from typing import Any

from runtime.rehearsal import Rehearsed


def document_of(one: Rehearsed) -> dict[str, Any]:
    return {
        "return_id": one.return_id,
        "there": one.there,
        "mode": str(one.mode),
        "problem": one.problem,
        "changes": [{"field": each.field, "now": each.now, "then": each.then} for each in one.differences],
    }
