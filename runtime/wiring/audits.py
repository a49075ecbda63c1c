"""The audit's rooms, for the front doors and for the workers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.audit import Auditing
from runtime.settings import Settings
from store.port import EVERYTHING, Scope
from store.stores import open_audit


@asynccontextmanager
async def auditing(
    settings: Settings, connections: int = 1, scope: Scope | None = EVERYTHING
) -> AsyncIterator[Auditing]:
    """Who did what, and whether that is still what was signed; with `scope` None each call sees what it may. Neither
    the engine nor a vendor is connected."""
    given = settings.audit
    async with open_audit(settings.database.url, connections, scope) as (audit, books):
        yield Auditing(audit, books, given.key, given.known, given.keep)
