"""The state of the CRMs on one page, from what is stored: neither the engine nor a CRM is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.visibility import Sight
from store.port import (
    Attempts,
    Backfill,
    Backfills,
    Coverage,
    CrmLetter,
    Kpis,
    Reconciliation,
    Reconciliations,
    Scorecard,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """`objects` say as what each org of the settings shows a return."""

    objects: Mapping[str, str]
    coverage: Coverage
    attempts: tuple[Attempts, ...]
    letters: tuple[CrmLetter, ...]
    backfills: tuple[Backfill, ...]
    reconciliations: tuple[Reconciliation, ...]


class Overview:
    def __init__(
        self, sight: Sight, kpis: Kpis, backfills: Backfills, runs: Reconciliations, objects: Mapping[str, str]
    ) -> None:
        self._sight, self._kpis, self._backfills, self._runs = sight, kpis, backfills, runs
        self._objects = objects

    async def seen(self, org: str | None, days: int) -> Seen:
        coverage = await self._sight.coverage(org, days, 0)
        attempts, letters, backfills, runs = await asyncio.gather(
            self._kpis.attempts(org, days),
            self._sight.letters(org),
            self._backfills.latest(org),
            self._runs.latest(org),
        )
        return Seen(self._objects, coverage, attempts, letters, backfills, runs)

    async def quality(self, org: str | None, days: int) -> tuple[Scorecard, tuple[Reconciliation, ...]]:
        """With what the last comparison of each org found by field."""
        return await self._kpis.quality(org, days), await self._runs.latest(org)
