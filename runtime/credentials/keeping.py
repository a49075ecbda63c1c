"""What front doors may ask about vendors' credentials: which there are, and to write one. None is ever given back.

Raises domain refusals and StoreUnavailable; none of their sentences repeats a secret.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain import credentials
from domain.credentials import Credential
from domain.errors import BadInput, KeyReused, WrongStage
from runtime.credentials.known import Known
from runtime.credentials.vault import SETTING
from runtime.refusals import NotFound
from security.boxes import Box, CannotOpen
from security.keys import Keyring
from security.sealing import Seal
from store.port import Credentials, Said, StoredCredential, Written

# Others may prove themselves with the one before it for so long, unless somebody says otherwise.
OVERLAP = timedelta(days=1)
MOST_OVERLAP = timedelta(days=30)
_KEY = "Idempotency-Key"


class Source(StrEnum):
    """What counts: what is kept, what the settings say, or nothing. UNREADABLE is kept and cannot be opened."""

    KEPT = "kept"
    SETTINGS = "settings"
    UNREADABLE = "unreadable"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a credential stands. `setting` is empty for one that these settings have no counterpart for any more;
    `version` is 0 for one that was never written. `trouble` says what is the matter and how to mend it."""

    credential: str
    setting: str
    source: Source
    needed: bool
    overlaps: bool
    version: int = 0
    set_at: datetime | None = None
    set_by: str = ""
    before_until: datetime | None = None
    trouble: str = ""


class Keeping:
    def __init__(
        self, books: Credentials, said: Said, known: Mapping[Credential, Known], keyring: Keyring | None
    ) -> None:
        self._books, self._said, self._known, self._keyring = books, said, known, keyring
        self._box = Box(keyring) if keyring is not None else None

    async def all(self) -> tuple[Standing, ...]:
        """Those of the settings in their order, then what is kept of counterparts that these have no more."""
        rows = {row.credential: row for row in await self._books.all()}
        mine = [self._standing(which, rows.get(which)) for which in self._known]
        left = [self._standing(which, row) for which, row in rows.items() if which not in self._known and row.sealed]
        return (*mine, *left)

    async def write(self, name: str, secret: str, by: str, overlap: timedelta | None = None, key: str = "") -> Standing:
        """The next version. Without `overlap` the one before proves whoever signs with it for another day. The same
        `key` with the same secret writes once. Raises NotFound, BadInput, KeyReused, WrongStage."""
        which = credentials.credential(name)
        known = self._known.get(which)
        if known is None:
            raise NotFound(f"these settings have no credential {name!r}; `credentials list` shows those there are")
        box = self._openable()
        if overlap is not None and not known.signs:
            raise BadInput("overlap_hours", f"nobody proves themselves with {which}; leave it out")
        known.check(secret)
        async with self._key(which, secret, by, key) as done:
            if not done:
                row = await self._row(which)
                await self._written(row, self._next(known, box, row, secret, overlap, by, key))
        return await self.one(which)

    async def drop(self, name: str, by: str) -> Standing:
        """What the settings say counts again, and nothing of what was kept stays. Raises NotFound, WrongStage."""
        which = credentials.credential(name)
        row = await self._row(which)
        if which not in self._known and (row is None or row.sealed is None):
            raise NotFound(f"these settings have no credential {name!r}; `credentials list` shows those there are")
        if row is not None and row.sealed is not None:
            await self._written(row, Written(which, row.version + 1, None, None, 0.0, by))
        return await self.one(which)

    async def reencrypt(self, by: str) -> int:
        """Seal all under the first key, so that an older one can go. How many. Raises BadInput when one cannot be
        opened: nothing is changed then."""
        box, sealed = self._openable(), list[StoredCredential]()
        for row in await self._books.all():
            if row.sealed is None:
                continue
            anew = replace(row, sealed=self._again(box, row, row.sealed, "current"))
            if row.before is not None:
                anew = replace(anew, before=self._again(box, row, row.before, "before"))
            sealed.append(anew)
        assert self._keyring is not None
        return await self._books.reseal(tuple(sealed), self._keyring.current, by)

    async def one(self, which: Credential) -> Standing:
        return self._standing(which, await self._row(which))

    async def _row(self, which: Credential) -> StoredCredential | None:
        return next((row for row in await self._books.all() if row.credential == which), None)

    async def _written(self, row: StoredCredential | None, written: Written) -> None:
        if not await self._books.write(written):
            raise WrongStage(f"somebody else wrote {written.credential} at the same moment; look at it, then decide")

    def _next(
        self, known: Known, box: Box, row: StoredCredential | None, secret: str, overlap: timedelta | None,
        by: str, key: str,
    ) -> Written:  # fmt: skip
        which, version = known.credential, (row.version if row else 0) + 1
        seconds = (OVERLAP if overlap is None else overlap).total_seconds() if known.signs else 0.0
        earlier = self._text(box, row) if row is not None and row.sealed is not None else known.given
        before = None
        if seconds and earlier and earlier != secret:
            before = box.seal(earlier, which.sealed_for(version, "before"))
        return Written(which, version, box.seal(secret, which.sealed_for(version, "current")), before, seconds, by, key)

    @asynccontextmanager
    async def _key(self, which: Credential, secret: str, by: str, key: str) -> AsyncIterator[bool]:
        """Whether it was written with this key before. What is kept of the message is a commitment under a key of ours,
        so that nobody who reads it can try secrets against it."""
        if not key:
            yield False
            return
        place, seal = f"credential/{by}", Seal(self._keyring)
        digest = str(seal(f"{which}\n{secret}"))
        repeated = await self._said.known(place, key)
        claimed = await self._said.claim(place, key, digest)
        if not hmac.compare_digest(claimed, digest):
            raise KeyReused(_KEY, "came with another message before; take a new one, or send the same message again")
        row = await self._row(which) if repeated else None
        if repeated and (row is None or row.key != key):
            raise WrongStage(f"this key came before, and {which} was written since, or never; look, and take a new key")
        try:
            yield repeated
        except BaseException:
            if not repeated:
                await self._said.release(place, key, digest)
            raise

    def _openable(self) -> Box:
        if self._box is None:
            raise BadInput(SETTING, "is not set: it is the key credentials are kept under; workers and API need it")
        return self._box

    def _again(self, box: Box, row: StoredCredential, sealed: bytes, use: str) -> bytes:
        about = row.credential.sealed_for(row.version, use)
        try:
            return box.seal(box.open(sealed, about), about)
        except CannotOpen as error:
            raise BadInput(SETTING, f"does not open {row.credential}: {error}; write it again, or drop it") from None

    def _text(self, box: Box, row: StoredCredential) -> str:
        """Empty when it cannot be opened: it is written over."""
        assert row.sealed is not None
        try:
            return box.open(row.sealed, row.credential.sealed_for(row.version, "current"))
        except CannotOpen:
            return ""

    def _standing(self, which: Credential, row: StoredCredential | None) -> Standing:
        known = self._known.get(which)
        setting, needed = (known.setting, known.needed) if known else ("", False)
        there = Standing(str(which), setting, Source.NONE, needed, known.signs if known else False)
        if known is not None and known.given:
            there = replace(there, source=Source.SETTINGS)
        elif needed:
            there = replace(there, trouble=f"it is neither kept nor set; write it, or set {setting}")
        if row is None:
            return there
        there = replace(there, version=row.version, set_at=row.set_at, set_by=row.set_by)
        if row.sealed is None:
            return there
        until = row.before_until if row.before_until and row.before_until > datetime.now(UTC) else None
        there = replace(there, source=Source.KEPT, before_until=until, trouble="")
        trouble = self._trouble(row, row.sealed)
        return replace(there, source=Source.UNREADABLE, trouble=trouble) if trouble else there

    def _trouble(self, row: StoredCredential, sealed: bytes) -> str:
        if self._box is None:
            return f"it is kept, and {SETTING} is not set here; set it, or this process goes by the settings"
        try:
            self._box.open(sealed, row.credential.sealed_for(row.version, "current"))
        except CannotOpen as error:
            return f"it cannot be opened: {error}; add that key to {SETTING}, or write it again"
        return ""
