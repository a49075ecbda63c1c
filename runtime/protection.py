"""What IT may ask of the CRMs' allowances: how much is used by whom, what is broken and why; and to close a breaker."""

from __future__ import annotations

from dataclasses import dataclass

from domain.allowance import BrokenOrg, Standing
from domain.errors import BadInput
from store.port import Quota


@dataclass(frozen=True, slots=True)
class Protected:
    """One org. `standing` is None while nothing was asked of it in its window; `slowed` is its task queue."""

    org: str
    standing: Standing | None
    breakers: tuple[BrokenOrg, ...]
    slowed: bool


class Protection:
    """`configured` are the orgs of the settings; those the books know may have left them."""

    def __init__(self, quota: Quota, configured: tuple[str, ...]) -> None:
        self._quota, self._configured = quota, configured

    async def orgs(self, org: str | None) -> tuple[Protected, ...]:
        standings = {one.org: one for one in await self._quota.standings()}
        broken = await self._quota.broken()
        known = sorted({*self._configured, *standings, *(one.org for one in broken)})
        if org is not None:
            self._check(org, known)
        return tuple(
            [
                Protected(
                    one,
                    standings.get(one),
                    tuple(breaker for breaker in broken if breaker.org == one),
                    (await self._quota.breakers(one))[1],
                )
                for one in known
                if org in (None, one)
            ]
        )

    async def close(self, org: str, why: str, by: str = "") -> int:
        """Close every breaker of the org; workers go on within a minute and restore its task queue. Answers how many
        were open."""
        if not why.strip():
            raise BadInput("why", "say what was mended; it is kept beside the breaker")
        self._check(org, [one.org for one in await self.orgs(None)])
        return await self._quota.close(org, why.strip(), by.strip())

    def _check(self, org: str, known: list[str]) -> None:
        if org not in known:
            raise BadInput("org", f"there is no CRM org {org!r}; there are {', '.join(known) or 'none'}")
