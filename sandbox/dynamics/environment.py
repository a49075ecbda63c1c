"""Settings and meters of the pretended environment: licences, and the service protection limit of requests."""

from __future__ import annotations

from collections import deque
from typing import Any

from sandbox.world import World

_WINDOW_SECONDS = 300.0
_DEFAULTS: dict[str, Any] = {"field_service": True, "requests_per_window": 6000, "token_seconds": 3599}


class Environment:
    """What an administrator may set (`POST /dynamics/environment` on the control server) and what is counted."""

    def __init__(self, world: World) -> None:
        self._world = world
        # The window is a web server's own memory: it is empty again after a restart, as on the real platform.
        self._requests: deque[float] = deque()

    def settings(self) -> dict[str, Any]:
        return _DEFAULTS | (self._world.books.get("dynamics.environment", "settings") or {})

    def change(self, wishes: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(wishes) - set(_DEFAULTS))
        if unknown:
            raise ValueError(f"unknown settings {', '.join(unknown)}; known are {', '.join(_DEFAULTS)}")
        self._world.books.put("dynamics.environment", "settings", self.settings() | wishes)
        return self.settings()

    def licensed(self, licence: str) -> bool:
        return not licence or bool(self.settings()[licence])

    def admit(self) -> float | None:
        """Count a request; the seconds to wait when there were too many in the sliding window."""
        now = self._world.clock.now().timestamp()
        while self._requests and self._requests[0] <= now - _WINDOW_SECONDS:
            self._requests.popleft()
        if len(self._requests) >= int(self.settings()["requests_per_window"]):
            oldest = self._requests[0] if self._requests else now
            return max(1.0, round(oldest + _WINDOW_SECONDS - now))
        self._requests.append(now)
        return None

    def remaining(self) -> int:
        return max(0, int(self.settings()["requests_per_window"]) - len(self._requests))
