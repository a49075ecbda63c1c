"""Hints that something was changed in a CRM: the org's inbound workflow looks at once. Nothing is told with a hint.

A hint that is lost costs seconds, because the workflow looks by itself. So one that nobody hears is no error.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain import ids
from runtime.refusals import RetryLater
from runtime.sections import Dynamics, Salesforce

SIGNAL = "hint"
# An import of thousands of rows sends as many webhooks, and every signal stays in the workflow's history.
_INTERVAL = 1.0


def path(org: str) -> str:
    """Where the API takes an org's webhooks."""
    return f"/webhooks/dynamics/{org}"


def proven(orgs: Mapping[str, Dynamics | Salesforce], org: str, key: str) -> bool:
    """Does the key belong to the org? False also for an org that is unknown or has none."""
    given = orgs.get(org)
    known = given.webhook_key if isinstance(given, Dynamics) else None
    if known is None:
        return False
    return hmac.compare_digest(known.get_secret_value().encode(), key.encode())


class Hints:
    """One signal of each org in an interval, and always one after the newest hint. `client` may raise NoTemporal."""

    def __init__(self, client: Callable[[], Awaitable[Client]], interval: float = _INTERVAL) -> None:
        self._client, self._interval = client, interval
        self._due: dict[str, float] = {}
        self._waiting: set[str] = set()

    async def hint(self, org: str) -> bool:
        """False when the org's inbound workflow does not run. Raises RetryLater when the engine does not answer."""
        wait = self._due.get(org, 0.0) - time.monotonic()
        if wait > 0:
            if org in self._waiting:
                # Whoever waits is going to say it for this one too.
                return True
            self._waiting.add(org)
            try:
                await asyncio.sleep(wait)
            finally:
                self._waiting.discard(org)
        self._due[org] = time.monotonic() + self._interval
        return await self._signal(org)

    async def _signal(self, org: str) -> bool:
        client = await self._client()
        try:
            await client.get_workflow_handle(ids.inbound_id(org)).signal(SIGNAL)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise RetryLater(f"the engine did not answer ({error})") from error
        return True
