"""One request or subrequest taken apart, and the answer to it before it becomes HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ask:
    """`headers` by lower-case name; of a subrequest its own httpHeaders."""

    method: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]

    @property
    def client(self) -> str | None:
        """`Sforce-Call-Options: client=backhaul`: how the caller names itself, None when it does not."""
        header = self.headers.get("sforce-call-options", "")
        said = dict(part.strip().split("=", 1) for part in header.split(",") if "=" in part)
        return said.get("client")


@dataclass(slots=True)
class Reply:
    """`body` is JSON, unless `media` names another type and it is text."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media: str = "application/json"


class RolledBack(Exception):
    """An all-or-none request failed: its changes are undone by leaving the transaction, and this is the answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("all-or-none request failed")
        self.reply = reply
