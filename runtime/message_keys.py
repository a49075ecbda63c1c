"""A caller's key stands for one message: the same again is answered as the first time, another one is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from domain.errors import KeyReused, Refusal
from store.port import Said


class MessageKeys:
    """Kept as hashes, apart from the engine, which answers whatever comes with a known key as it did the first time."""

    def __init__(self, said: Said) -> None:
        self._said = said

    async def known(self, place: str, key: str) -> bool:
        return await self._said.known(place, key)

    @asynccontextmanager
    async def held(self, place: str, key: str, message: Any, field: str) -> AsyncIterator[None]:
        """Inside, the key stands for `message` (a JSON document). A refusal leaves it free: nothing was done with it.

        Raises KeyReused, naming `field`."""
        digest = _digest(message)
        if await self._said.claim(place, key, digest) != digest:
            sentence = "came with another message before; take a new one, or send the same message again"
            raise KeyReused(field, sentence)
        try:
            yield
        except Refusal:
            await self._said.release(place, key, digest)
            raise

    async def free(self, place: str, key: str, message: Any) -> None:
        """Nothing was done with it after all: the key may come again, with this message or another."""
        await self._said.release(place, key, _digest(message))


def _digest(message: Any) -> str:
    return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()
