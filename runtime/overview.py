"""The state of the CRMs on one page, from what is stored: neither the engine nor a CRM is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.protection import Protected, Protection
from runtime.reconciling import Found
from runtime.visibility import Sight
from store.port import (
    Attempts,
    Backfill,
    Backfills,
    Coverage,
    CrmLetter,
    Kpis,
    Position,
    Reconciliation,
    Reconciliations,
    Scorecard,
    Watching,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """`objects` say as what each org of the settings shows a return; `cursors` how far each org was listened to."""

    objects: Mapping[str, str]
    coverage: Coverage
    attempts: tuple[Attempts, ...]
    letters: tuple[CrmLetter, ...]
    backfills: tuple[Backfill, ...]
    reconciliations: tuple[Reconciliation, ...]
    allowances: tuple[Protected, ...]
    cursors: tuple[Position, ...]


class Overview:
    def __init__(
        self, sight: Sight, kpis: Kpis, backfills: Backfills, runs: Reconciliations, protection: Protection,
        watching: Watching, objects: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._sight, self._kpis, self._backfills, self._runs = sight, kpis, backfills, runs
        self._protection, self._watching, self._objects = protection, watching, objects

    async def seen(self, org: str | None, days: int) -> Seen:
        coverage = await self._sight.coverage(org, days, 0)
        attempts, letters, backfills, runs, allowances, cursors = await asyncio.gather(
            self._kpis.attempts(org, days),
            self._sight.letters(org),
            self._backfills.latest(org),
            self._runs.latest(org),
            self._protection.orgs(None),
            self._watching.positions(org),
        )
        mine = tuple(one for one in allowances if org in (None, one.org))
        return Seen(self._objects, coverage, attempts, letters, backfills, runs, mine, cursors)

    async def quality(self, org: str | None, days: int) -> tuple[Scorecard, tuple[Reconciliation, ...]]:
        """With what the last comparison of each org found by field."""
        return await self._kpis.quality(org, days), await self._runs.latest(org)

    async def backfills(self, org: str | None) -> tuple[Backfill, ...]:
        """The newest of each org."""
        await self._sight.check(org)
        return await self._backfills.latest(org)

    async def compared(self, org: str | None, limit: int) -> tuple[Found, ...]:
        """What the last comparison of each org found, with so many of the differences."""
        await self._sight.check(org)
        runs = await self._runs.latest(org)
        return tuple([Found(run, await self._runs.drifts(run.run_id, limit=limit)) for run in runs])
