"""A secret that others change, as the vault of a process has it."""

from __future__ import annotations


class Changing:
    """`unheard` is one of which nobody has told yet: it is found by whoever looks."""

    def __init__(self, now: str = "first", unheard: str = "") -> None:
        self.version, self.now, self.unheard = 1, now, unheard

    def change(self, now: str) -> None:
        self.now, self.version = now, self.version + 1

    async def text(self) -> str:
        return self.now

    async def renewed(self, since: int) -> bool:
        if self.unheard:
            self.change(self.unheard)
            self.unheard = ""
        return self.version != since
