"""NetSuite's line numbers of authorizations, remembered: the quote reads them, receipt and credit need them again.

A number stays its line's for as long as the line lives. When NetSuite refuses what was made with remembered numbers,
they are read again, and it is tried once more where they have changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from adapters.erp.netsuite import mapping
from adapters.erp.netsuite.client import Record
from adapters.erp.netsuite.refusals import AlreadyThere
from adapters.erp.netsuite.settings import Names
from adapters.errors import ClosedPeriod, Permanent

T = TypeVar("T")
# Some days of returns; the oldest goes first.
_KEPT = 5000


class Reader(Protocol):
    """All that is needed of the account's client."""

    async def get(self, kind: str, ref: str) -> Record: ...


class LineNumbers:
    def __init__(self, client: Reader, names: Names) -> None:
        self._client, self._names = client, names
        self._known: dict[str, dict[str, str]] = {}

    def learn(self, authorization: str, record: Record) -> dict[str, str]:
        """Remember the numbers by our line ids, from the authorization as it was just read."""
        found = mapping.lines_of(record, self._names)
        self._known.pop(authorization, None)
        if len(self._known) >= _KEPT:
            del self._known[next(iter(self._known))]
        self._known[authorization] = found
        return found

    async def used(self, authorization: str, make: Callable[[dict[str, str]], Awaitable[T]]) -> T:
        """What `make` makes with the line numbers. A refusal is raised only after it was tried with fresh ones."""
        known = self._known.get(authorization)
        if known is None:
            return await make(await self._read(authorization))
        try:
            return await make(known)
        except (AlreadyThere, ClosedPeriod):
            raise  # whatever the numbers
        except Permanent:
            fresh = await self._read(authorization)
            if fresh == known:
                raise
            return await make(fresh)

    async def _read(self, authorization: str) -> dict[str, str]:
        return self.learn(authorization, await self._client.get("returnAuthorization", authorization))
