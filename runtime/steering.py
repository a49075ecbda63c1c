"""Backfills and comparisons as a front door over a network starts them: asked for twice with one key, it is done once.

Raises domain refusals and RetryLater; never an engine's or a vendor's error.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from domain.errors import WrongStage
from runtime.backfilling import Backfilling
from runtime.message_keys import MessageKeys
from runtime.one_per_org import mark_of
from runtime.reconciling import Reconciling
from workflows.crm_backfill import Fill
from workflows.crm_reconcile import Reconcile

_FIELD = "Idempotency-Key"


class Steering:
    def __init__(self, backfilling: Backfilling, reconciling: Reconciling, keys: MessageKeys) -> None:
        self.backfilling, self.reconciling, self._keys = backfilling, reconciling, keys

    async def fill(self, ask: Fill, by: str, key: str) -> None:
        """Begin a backfill; `crm/backfills` says how far it is."""
        org, whole = ask.whole.org, ask.whole
        since = whole.since.isoformat() if whole.since else None
        message = {"org": org, "only_open": whole.only_open, "since": since, "most": ask.most}
        start = partial(self.backfilling.start, ask, by)
        await self._once(f"backfill/{org}", by, key, message, self.backfilling.asked_for, start)

    async def compare(self, ask: Reconcile, by: str, key: str) -> None:
        """Begin a comparison; `crm/reconciliations` says what it found."""
        start = partial(self.reconciling.begin, ask, by)
        await self._once(f"reconcile/{ask.org}", by, key, asdict(ask), self.reconciling.asked_for, start)

    async def _once(
        self, place: str, by: str, key: str, message: dict[str, Any],
        asked_for: Callable[[str, str], Awaitable[bool]], start: Callable[[str], Awaitable[None]],
    ) -> None:  # fmt: skip
        mine, mark, org = f"{place}/{by}", mark_of(by, key), str(message["org"])
        known = await self._keys.known(mine, key)
        done = known and await asked_for(org, mark)
        if known and not done:
            raise WrongStage(f"this key began one of {org} before that of now; look how that ended, and take a new key")
        async with self._keys.held(mine, key, message, _FIELD):
            if not done:
                await start(mark)
