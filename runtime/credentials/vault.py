"""The credentials in force, in the memory of one process: what is kept comes before what the settings say.

They are read once when first needed. `follow` reads them again when PostgreSQL tells that one was changed, and every
few seconds in case nobody told; no call to a vendor asks the database. What cannot be opened is not passed over: the
settings may have one that was replaced because it leaked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.errors import Retryable, SignInRefused
from adapters.secrets import Given
from domain.credentials import Credential
from runtime.credentials.known import Known
from security.boxes import Box, CannotOpen
from store.port import Credentials, StoredCredential, StoreUnavailable

_LOG = logging.getLogger(__name__)
# How long a change may stay unheard when the listening connection is lost, or a pooler takes it away.
_RECHECK, _AGAIN = 10.0, 2.0
_CALL = "credentials"
SETTING = "BACKHAUL_CREDENTIALS__KEYS"


@dataclass(frozen=True, slots=True)
class InForce:
    """`text` is None when what is kept cannot be opened; `trouble` says why and what to do then."""

    version: int
    text: str | None = field(repr=False)
    before: str = field(default="", repr=False)
    before_until: datetime | None = None
    trouble: str = ""


class Vault:
    """`books` None: nothing is kept, and what the settings say is all there is."""

    def __init__(self, known: Mapping[Credential, Known], books: Credentials | None, box: Box | None) -> None:
        self._known, self._books, self._box = known, books, box
        self._in_force: Mapping[Credential, InForce] | None = None if books else {}
        self._reading = asyncio.Lock()
        self._needed, self._told = asyncio.Event(), asyncio.Event()

    def __contains__(self, credential: Credential) -> bool:
        """Whether these settings have a counterpart for it."""
        return credential in self._known

    def secret(self, credential: Credential) -> Given:
        """As an adapter is given it."""
        return Followed(self, credential)

    def version(self, credential: Credential) -> int:
        found = (self._in_force or {}).get(credential)
        return found.version if found else 0

    async def text(self, credential: Credential) -> str:
        """Raises Retryable, SignInRefused."""
        known = self._known[credential]
        found = (await self._read(credential.vendor)).get(credential)
        if found is not None and found.text is None:
            raise SignInRefused(credential.vendor, _CALL, found.trouble)
        text = found.text if found is not None and found.text else known.given
        if not text and known.needed:
            reason = f"{credential} is neither kept nor set; write it with `credentials set`, or set {known.setting}"
            raise SignInRefused(credential.vendor, _CALL, reason)
        return text

    async def accepted(self, credential: Credential) -> tuple[str, ...]:
        """Those others may prove themselves with now: the one in force, and for a while the one before it. Raises as
        `text` does."""
        now = await self.text(credential)
        found = (await self._read(credential.vendor)).get(credential)
        overlapping = found is not None and found.before_until is not None and datetime.now(UTC) < found.before_until
        return tuple(one for one in (now, found.before if found is not None and overlapping else "") if one)

    async def renewed(self, credential: Credential, since: int) -> bool:
        if self._books is not None:
            with suppress(StoreUnavailable):
                await self.read_anew()
        return self.version(credential) != since

    async def read_anew(self) -> None:
        """Raises StoreUnavailable; what was known stays in force then."""
        assert self._books is not None, "nothing is kept"
        async with self._reading:
            rows = await self._books.all()
            before = self._in_force or {}
            self._in_force = {row.credential: self._opened(row) for row in rows if row.credential in self._known}
            for credential, one in self._in_force.items():
                if one != before.get(credential) and one.trouble:
                    _LOG.error("%s", one.trouble)

    async def follow(self) -> None:
        """Until it is cancelled. Nothing is followed before it is first needed."""
        if self._books is None:
            return
        await self._needed.wait()
        listening = asyncio.create_task(self._listen(self._books))
        try:
            while True:
                # Not wait_for: until Python 3.12 it may lose a cancellation that comes together with what it waits for.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_RECHECK):
                        await self._told.wait()
                self._told.clear()
                try:
                    await self.read_anew()
                except StoreUnavailable as error:
                    _LOG.warning("credentials are not looked at anew for now: %s", error)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, books: Credentials) -> None:
        while True:
            with suppress(StoreUnavailable):
                async with books.listening() as changes:
                    # Before anybody listened something may have been changed.
                    self._told.set()
                    async for _ in changes:
                        self._told.set()
            await asyncio.sleep(_AGAIN)

    async def _read(self, vendor: str) -> Mapping[Credential, InForce]:
        self._needed.set()
        if self._in_force is None:
            try:
                await self.read_anew()
            except StoreUnavailable as error:
                raise Retryable(vendor, _CALL, f"they could not be read: {error}") from error
        return self._in_force or {}

    def _opened(self, row: StoredCredential) -> InForce:
        """A row as it is in force; one that was dropped leaves the word to the settings."""
        if row.sealed is None:
            text, trouble = "", ""
        else:
            text, trouble = self._open(row, row.sealed, "current")
            if trouble:
                return InForce(row.version, None, trouble=trouble)
        # An overlap that cannot be opened is over.
        before = self._open(row, row.before, "before")[0] if row.before is not None else ""
        return InForce(row.version, text, before, row.before_until)

    def _open(self, row: StoredCredential, sealed: bytes, use: str) -> tuple[str, str]:
        """The text, or what is the matter."""
        assert self._box is not None, "what is kept has keys"
        try:
            return self._box.open(sealed, row.credential.sealed_for(row.version, use)), ""
        except CannotOpen as error:
            mend = f"add that key to {SETTING}, or write the credential again with `credentials set`"
            return "", f"what is kept as {row.credential} cannot be opened: {error}; {mend}"


@dataclass(frozen=True, slots=True)
class Followed:
    """One credential of a vault, as an adapter asks for it."""

    vault: Vault = field(repr=False)
    credential: Credential

    @property
    def version(self) -> int:
        return self.vault.version(self.credential)

    async def text(self) -> str:
        return await self.vault.text(self.credential)

    async def renewed(self, since: int) -> bool:
        return await self.vault.renewed(self.credential, since)
