"""How long ago something was, in seconds for programs and in the largest fitting unit for people."""

from __future__ import annotations

from datetime import timedelta


def seconds(since: timedelta) -> float:
    return round(max(since.total_seconds(), 0.0), 3)


def age(since: timedelta) -> str:
    return lasting(seconds(since))


def lasting(many: float) -> str:
    """So many seconds."""
    whole = int(many)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if whole >= 2 * size:
            return f"{whole // size} {unit}"
    return f"{whole} s"
