"""What examining counterparts found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runtime.preflight import Line, passed


def document_of(lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "ok": passed(lines),
        "findings": [
            {
                "vendor": line.vendor,
                "name": line.name,
                "check": line.check,
                "state": line.finding.state,
                "about": line.finding.about,
                "seen": line.finding.seen,
                "mend": line.finding.mend,
            }
            for line in lines
        ],
    }
