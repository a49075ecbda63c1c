"""The audit's rooms, for the front doors and for the workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.audit import Auditing
from runtime.settings import Settings
from store.stores import open_audit


@asynccontextmanager
async def auditing(settings: Settings, connections: int = 1) -> AsyncIterator[Auditing]:
    """Who did what, and whether that is still what was signed; neither the engine nor a vendor is connected."""
    given = settings.audit
    async with open_audit(settings.database.url, connections) as (audit, books):
        yield Auditing(audit, books, given.key, given.known, given.keep)
