"""What keeps a process from its work: the engine or the database away, or tables of another version. No secrets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from runtime.temporal import NoTemporal
from store import migrate
from store.port import StoreUnavailable

_LOG = logging.getLogger(__name__)
_PATIENCE = timedelta(seconds=3)


class Readiness:
    def __init__(self, database: str, client: Callable[[], Awaitable[Client]]) -> None:
        self._database, self._client = database, client

    async def lacking(self) -> dict[str, str]:
        """A sentence for each part that is not as it must be."""
        temporal, database = await asyncio.gather(self._temporal(), self._tables())
        return {name: said for name, said in (("temporal", temporal), ("database", database)) if said}

    async def _temporal(self) -> str:
        try:
            client = await self._client()
            await client.service_client.check_health(timeout=_PATIENCE)
        except (NoTemporal, RPCError) as error:
            # Where it is looked for is not everybody's business.
            _LOG.warning("Temporal is not ready: %s", error)
            return "Temporal does not answer, or not as it must; the log says more"
        return ""

    async def _tables(self) -> str:
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                behind = await migrate.behind(self._database)
        except (StoreUnavailable, TimeoutError) as error:
            # What a driver says may name users and hosts.
            _LOG.warning("PostgreSQL is not ready: %s", error)
            return "PostgreSQL does not answer; the log says more"
        return f"PostgreSQL lacks tables of this version ({behind}); run `migrate`" if behind else ""
