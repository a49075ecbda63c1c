"""How long the feed waits for what, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    poll: float = 30.0
    """Between two looks while polling."""
    retry: float = 60.0
    """How long it is polled before the event bus is tried again."""
    settle: float = 5.0
    """For the bus to say that a new subscription stands."""
    silence: float = 330.0
    """Until a stream counts as dead: the bus promises a sign of life within 270 seconds."""
    late: float = 120.0
    """Until a change that a query sees and the bus does not tell counts as lost."""
    idle: float = 300.0
    """Until a subscription nobody asks is ended."""
