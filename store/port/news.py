"""News of returns: which one moved, and to which version. Nothing of what it is about; whoever wants that looks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Set
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

# How long after the time it bears a move may become visible: no statement lives longer (store/engine.py).
SEEN_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class News:
    """The newest recorded version of a return, and when it was recorded by the database's clock."""

    return_id: str
    version: int
    stage: str
    held: bool
    region: str
    shop: str
    at: datetime


class NewsWire(Protocol):
    def listening(self) -> AbstractAsyncContextManager[AsyncIterator[Set[str]]]:
        """Inside, nothing that is recorded is missed: the ids of returns that moved, those of one moment together, for
        ever. Raises StoreUnavailable when the database is lost; what moved from then on is found by `since`."""
        ...

    async def newest(self, return_ids: Set[str]) -> tuple[News, ...]:
        """In the order in which they were recorded. Raises StoreUnavailable."""
        ...

    async def since(self, at: datetime, most: int) -> tuple[News, ...]:
        """The newest of each return that moved after `at`, the oldest `most` of them. Raises StoreUnavailable.

        A move is seen when it is committed, up to SEEN_WITHIN after the time it bears: to miss none, go back so far."""
        ...

    async def now(self) -> datetime:
        """The database's clock. Raises StoreUnavailable."""
        ...
