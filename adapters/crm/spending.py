"""What a call to a CRM is made for: an org's allowance is shared by all, and the live status of returns goes first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum


class Priority(IntEnum):
    """As Temporal counts them: 1 goes first."""

    LIVE = 1
    INBOUND = 2
    RECONCILE = 4
    BACKFILL = 5


_PURPOSE: ContextVar[Priority] = ContextVar("crm_spending", default=Priority.LIVE)


@contextmanager
def spending(purpose: Priority) -> Iterator[None]:
    """Calls made inside are made for this purpose."""
    token = _PURPOSE.set(purpose)
    try:
        yield
    finally:
        _PURPOSE.reset(token)


def purpose() -> Priority:
    return _PURPOSE.get()
