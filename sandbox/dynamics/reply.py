"""The answer to one request or one part of a batch, before it becomes HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Reply:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request or one part of a batch; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any = None

    def prefers(self, wish: str) -> str | None:
        """The value of one preference ("" when it has none); None when it was not expressed."""
        for part in self.headers.get("prefer", "").replace(";", ",").split(","):
            name, _, value = part.strip().partition("=")
            if name == wish:
                return value.strip('"')
        return None

    @property
    def if_match(self) -> str:
        return self.headers.get("if-match", "")

    @property
    def if_none_match(self) -> str:
        """Clients send the literal word null to say nothing at all."""
        given = self.headers.get("if-none-match", "")
        return "" if given == "null" else given
