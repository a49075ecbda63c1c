"""One request or one part of a batch, and the answer to it before it becomes HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

_PREFERENCE = re.compile(r'\s*([\w.-]+)\s*(?:=\s*("[^"]*"|[^,;]*))?\s*(?:[,;]|$)')


@dataclass(slots=True)
class Reply:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request or one part of a batch; header names are lower case."""

    method: str = ""
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes = b""
    """The body as it came, of a request that carries a file."""

    def prefers(self, wish: str) -> str | None:
        """The value of one preference ("" when it has none); None when it was not expressed."""
        for name, value in _PREFERENCE.findall(self.headers.get("prefer", "")):
            if name == wish:
                return str(value).strip().strip('"')
        return None

    @property
    def if_match(self) -> str:
        return self.headers.get("if-match", "")

    @property
    def if_none_match(self) -> str:
        """Clients send the literal word null to say nothing at all."""
        given = self.headers.get("if-none-match", "")
        return "" if given == "null" else given

    @property
    def tag(self) -> str:
        """What the caller wants plug-ins and webhooks to see as a shared variable."""
        return parse_qs(self.target.partition("?")[2]).get("tag", [""])[0]

    @property
    def detects_duplicates(self) -> bool:
        """Duplicate detection is off unless its suppression is switched off."""
        return self.headers.get("mscrm.suppressduplicatedetection", "").lower() == "false"

    @property
    def bypasses_webhooks(self) -> bool:
        given = self.headers.get("mscrm.bypassbusinesslogicexecution", "").lower()
        return "customasync" in [part.strip() for part in given.split(",")]
