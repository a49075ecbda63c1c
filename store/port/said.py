"""Which message a caller's key stands for."""

from __future__ import annotations

from typing import Protocol


class Said(Protocol):
    async def claim(self, place: str, key: str, digest: str) -> str:
        """The digest of the message that the key first came with, at this place: the one given, when it is new."""
        ...

    async def known(self, place: str, key: str) -> bool:
        """Whether a message came with this key."""
        ...

    async def release(self, place: str, key: str, digest: str) -> None:
        """The message was refused and changed nothing: the key may come with another."""
        ...
