"""What makes the audit provable: checkpoints that sign the ends of chains, stubs where retention cut, and all of it
read as of one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from store.port.audit import Entry


class Signs(Protocol):
    """A private key; see security/signing.py."""

    @property
    def key_id(self) -> str: ...

    def sign(self, what: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """The end of a stream as a checkpoint found it."""

    number: int
    stream: str
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`root` is over the marks in the order of their streams' bytes, `prev` the checkpoint before."""

    number: int
    at: datetime
    streams: int
    root: bytes
    prev: bytes
    hash: bytes
    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Stub:
    """Retention deleted a stream's acts up to `seq`, whose hash was `hash`."""

    stream: str
    seq: int
    hash: bytes
    at: datetime
    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """A stream but for its acts. `head` is where the next act goes on; None says that its row is gone."""

    stream: str
    marks: tuple[Mark, ...]
    stubs: tuple[Stub, ...]
    head: tuple[int, bytes] | None


@dataclass(frozen=True, slots=True)
class Cut:
    """What retention deleted, or would delete, of one kind of stream."""

    kind: str
    streams: int
    acts: int


class AuditReader(Protocol):
    """Everything as of the moment it was opened."""

    def checkpoints(self) -> AsyncIterator[tuple[Checkpoint, tuple[Mark, ...]]]:
        """In the order of their numbers; marks in the order of their streams."""
        ...

    def chains(self, stream: str | None = None) -> AsyncIterator[Chain | Entry]:
        """Each chain, then its acts by number. A stream that only one of the tables knows is among them."""
        ...


class AuditBooks(Protocol):
    async def checkpoint(self, key: Signs) -> Checkpoint | None:
        """Sign the ends of all streams that moved since the checkpoint before. None: none did."""
        ...

    def reading(self) -> AbstractAsyncContextManager[AuditReader]: ...

    async def cut(self, kind: str, before: datetime, key: Signs | None, by: str) -> Cut:
        """Delete what is older of streams of this kind ('return', 'access'), as far as a checkpoint covers it; each
        stream keeps a signed stub, and the audit an act of it. Without a key nothing is deleted, only counted."""
        ...
