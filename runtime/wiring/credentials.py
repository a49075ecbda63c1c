"""Vendors' credentials: what signs in follows them, and who writes them writes here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from runtime.credentials.keeping import Keeping
from runtime.credentials.known import known
from runtime.credentials.vault import Vault
from runtime.settings import Settings
from security.boxes import Box
from store.stores import open_credentials


@asynccontextmanager
async def vault(settings: Settings, follow: bool = False) -> AsyncIterator[Vault]:
    """Reads when first needed, and again after a refusal. With `follow` a change counts as soon as it is told: for a
    process that stays, over a second connection. Without keys nothing is kept and nothing is asked."""
    keys = settings.credentials.keys
    if keys is None:
        yield Vault(known(settings), None, None)
        return
    async with open_credentials(settings.database.url, connections=2 if follow else 1) as (books, _):
        opened = Vault(known(settings), books, Box(keys))
        following = asyncio.create_task(opened.follow()) if follow else None
        try:
            yield opened
        finally:
            if following is not None:
                following.cancel()
                with suppress(asyncio.CancelledError):
                    await following


@asynccontextmanager
async def keeping(settings: Settings) -> AsyncIterator[Keeping]:
    """Which there are, and writing one; neither the engine nor a vendor is connected."""
    async with open_credentials(settings.database.url) as (books, said):
        yield Keeping(books, said, known(settings), settings.credentials.keys)
