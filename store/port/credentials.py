"""Vendors' credentials as they are kept: sealed, with who wrote which version when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.credentials import Credential


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """`sealed` is None when it was dropped: what the settings say counts again. `before` still proves who signs with
    it until `before_until`; it never signs in. `key` is the caller's for the write that made this version."""

    credential: Credential
    version: int
    sealed: bytes | None = field(repr=False)
    before: bytes | None = field(repr=False)
    before_until: datetime | None
    set_at: datetime
    set_by: str
    key: str


@dataclass(frozen=True, slots=True)
class Written:
    """The next version of a credential. `overlap` in seconds; without `before` there is none."""

    credential: Credential
    version: int
    sealed: bytes | None = field(repr=False)
    before: bytes | None = field(repr=False)
    overlap: float
    by: str
    key: str = ""


class Credentials(Protocol):
    async def all(self) -> tuple[StoredCredential, ...]:
        """By name. Raises StoreUnavailable."""
        ...

    async def write(self, written: Written) -> bool:
        """With its act, and told to all who follow. False when its version is not the one after that which is there:
        somebody else wrote meanwhile."""
        ...

    async def reseal(self, rows: tuple[StoredCredential, ...], key_id: str, by: str) -> int:
        """Keep the same credentials sealed anew. Who wrote which version stays; what was written meanwhile is left
        alone. How many."""
        ...

    def listening(self) -> AbstractAsyncContextManager[AsyncIterator[None]]:
        """Inside, one for each burst of changes, for ever. Raises StoreUnavailable when the database is lost."""
        ...
