"""Settings of the pretended environment: licences, service protection limits, how long things are good for."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.limits import Limits
from sandbox.world import World

_DEFAULTS: dict[str, Any] = {
    "field_service": True,
    "requests_per_window": 6000,
    "execution_ms_per_window": 1_200_000,
    "concurrent_requests": 52,
    "latency_ms": 0,
    "token_seconds": 3599,
    "change_tracking_days": 7,
}


class Environment:
    """What an administrator may set (`POST /dynamics/environment` on the control server) and what is counted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.limits = Limits(world.clock.now, self.settings)

    def settings(self) -> dict[str, Any]:
        return _DEFAULTS | (self._world.books.get("dynamics.environment", "settings") or {})

    def change(self, wishes: dict[str, Any]) -> dict[str, Any]:
        """Whoever is made to wait need wait no longer: other limits hold from now on."""
        unknown = sorted(set(wishes) - set(_DEFAULTS))
        if unknown:
            raise ValueError(f"unknown settings {', '.join(unknown)}; known are {', '.join(_DEFAULTS)}")
        self._world.books.put("dynamics.environment", "settings", self.settings() | wishes)
        self.limits.forgive()
        return self.settings()

    def licensed(self, licence: str) -> bool:
        return not licence or bool(self.settings()[licence])
