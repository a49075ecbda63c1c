"""An org's allowance, shared by all processes: leases of its calls, turns of its pace, its breakers."""

from __future__ import annotations

from typing import Protocol

from domain.allowance import Breaker, BrokenOrg, Lease, Slots, Standing, Terms, Usage


class Quota(Protocol):
    """All methods raise StoreUnavailable. Times are PostgreSQL's, so that processes need not agree on theirs."""

    async def lease(
        self, org: str, terms: Terms, holder: str, purpose: int, want: int, spent: int, told: Usage | None
    ) -> Lease:
        """At most `want` calls for this purpose, in place of what the holder had. `spent` were made since the last
        time, of whatever purpose; `want` 0 gives back."""
        ...

    async def turns(self, org: str, terms: Terms, live: bool, want: int) -> Slots:
        """At most `want` turns of the pace. What is not live leaves the reserve's part of the pace free."""
        ...

    async def breakers(self, org: str) -> tuple[tuple[Breaker, ...], bool]:
        """Those with failures or open; and whether the org's task queue was slowed and not restored."""
        ...

    async def failed(self, org: str, family: str, cause: str, wait: float | None, after: int) -> Breaker:
        """A call went wrong: the `after`th in a row opens the breaker, for longer each time. With `wait` it opens at
        once, for that many seconds."""
        ...

    async def probe(self, org: str, family: str) -> bool:
        """True for one asker at a time, once the breaker's wait is over: its next call decides."""
        ...

    async def went(self, org: str, family: str, probe: bool) -> None:
        """A call went through: earlier failures are forgotten, and a probe closes the breaker."""
        ...

    async def slowed(self, org: str, slow: bool) -> None:
        """Remember that the org's task queue was slowed, or restored."""
        ...

    async def close(self, org: str, why: str, by: str = "") -> int:
        """Close every breaker of the org by hand, which is told to the audit; answers how many were open."""
        ...

    async def standings(self) -> tuple[Standing, ...]:
        """The current window of every org that has one."""
        ...

    async def broken(self) -> tuple[BrokenOrg, ...]:
        """Every breaker that is open or counts failures, or was closed by hand last."""
        ...
