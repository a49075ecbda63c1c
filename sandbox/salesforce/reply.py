"""The answer to one request or subrequest, before it becomes HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Reply:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class RolledBack(Exception):
    """An all-or-none request failed: its changes are undone by leaving the transaction, and this is the answer."""

    def __init__(self, reply: Reply, locked_writes: int) -> None:
        super().__init__("all-or-none request failed")
        self.reply, self.locked_writes = reply, locked_writes
