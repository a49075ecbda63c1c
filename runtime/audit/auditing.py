"""What people and the workers ask of the audit, for all front doors alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from domain.errors import BadInput
from runtime.audit import copying
from runtime.audit.verdict import Verdict, verify
from security.signing import KnownKeys, SigningKey
from store.port import ActPage, ActSearch, Audit, AuditBooks, Checkpoint, Cut


class Auditing:
    """`keep` is how many days acts are kept, by the kind of their stream; a kind that is not in it is kept for ever."""

    def __init__(
        self, audit: Audit, books: AuditBooks, key: SigningKey | None, known: KnownKeys, keep: Mapping[str, int]
    ) -> None:
        self._audit, self._books = audit, books
        self._key, self._known, self._keep = key, known, keep

    async def search(self, search: ActSearch) -> ActPage:
        return await self._audit.search(search)

    async def verify(self, stream: str | None = None, anchors: Mapping[int, str] | None = None) -> Verdict:
        """`anchors` are checkpoints that were noted outside: the beginnings of their hashes by number."""
        async with self._books.reading() as reader:
            return await verify(reader, self._known, stream, anchors)

    async def verify_copy(
        self, copy: Iterable[str], stream: str | None = None, anchors: Mapping[int, str] | None = None
    ) -> Verdict:
        return await verify(copying.CopyReader(copy), self._known, stream, anchors)

    async def export(self) -> AsyncIterator[str]:
        """Lines of JSON as of one moment."""
        async with self._books.reading() as reader:
            async for line in copying.lines(reader, self._known):
                yield line

    async def checkpoint(self) -> Checkpoint | None:
        """None when nothing was done since the last one."""
        return await self._books.checkpoint(self._signing())

    async def retain(self, by: str, apply: bool) -> tuple[Cut, ...]:
        """What is older than its kind is kept, deleted or only counted."""
        key = self._signing() if apply else None
        now = datetime.now(UTC)
        found = []
        for kind, days in sorted(self._keep.items()):
            before = now - timedelta(days=days)
            total = part = await self._books.cut(kind, before, key, by)
            while apply and part.streams:
                part = await self._books.cut(kind, before, key, by)
                total = Cut(kind, total.streams + part.streams, total.acts + part.acts)
            found.append(total)
        return tuple(found)

    def _signing(self) -> SigningKey:
        if self._key is None:
            raise BadInput("BACKHAUL_AUDIT__KEY", "is not set; without it nothing is signed")
        return self._key
