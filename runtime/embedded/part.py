"""The parts of a stack by name, how they fare, and what can go wrong. Needs nothing of the embedded extra."""

from collections.abc import Mapping
from dataclasses import dataclass

# In the order of starting; they end in reverse.
SERVERS = ("postgres", "temporal", "sandbox")
PARTS = (*SERVERS, "worker", "api")


class StackError(Exception):
    """Something of the stack cannot be started or ended; the text says what to do."""


@dataclass(frozen=True, slots=True)
class PartStatus:
    """`state` is running, stopped (never started, or told to) or died. `change` is what a command just did to it."""

    name: str
    state: str
    pid: int | None
    ports: Mapping[str, int]
    log: str
    change: str = ""
