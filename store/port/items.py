"""What people have to look at, and what they decided."""

from __future__ import annotations

from typing import Protocol

from store.port.agreed import Item


class Items(Protocol):
    async def open(self, item: Item) -> bool:
        """False when the same was open already."""
        ...

    async def listed(self, org: str | None = None, resolved: bool = False) -> tuple[Item, ...]:
        """The open ones, oldest first; or all."""
        ...

    async def resolve(self, item_id: int, choice: str, by: str, note: str) -> Item | None:
        """The item as it is now; None when no open item has this number. What the choice means for the record (a field
        no longer frozen, records there again) is saved with it."""
        ...

    async def over(self, item: Item) -> bool:
        """What the item was about is over by itself. False when none was open."""
        ...

    async def decided(self, org: str, of: str) -> tuple[Item, ...]:
        """Resolved items of an object whose choice was not acted on yet, oldest first."""
        ...

    async def acted(self, item_id: int) -> None: ...
