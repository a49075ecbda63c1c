"""One org's allowance in one process: calls in hand, turns of the pace, and the breakers as they were last seen."""

from __future__ import annotations

from runtime.allowance.metered import Metered
from runtime.allowance.slowing import Slowing, TaskQueue

__all__ = ["Metered", "Slowing", "TaskQueue"]
