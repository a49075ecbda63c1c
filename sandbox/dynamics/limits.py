"""Service protection: three limits over a sliding window of five minutes, and a wait that grows with every push."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_WINDOW_SECONDS = 300.0
_CROWD_SECONDS = 5.0
_PUSH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """HTTP 429: which limit it was, and the whole seconds to wait."""

    code: str
    message: str
    retry_after: float


class Limits:
    """One user on one web server, whose memory this is: a restart empties it, as on the platform."""

    def __init__(self, now: Callable[[], datetime], settings: Callable[[], dict[str, Any]]) -> None:
        self._now, self._settings = now, settings
        self._requests: deque[float] = deque()
        self._work: deque[tuple[float, float]] = deque()
        self._worked = 0.0
        self._running = 0
        self._refused: Refusal | None = None
        self._until = 0.0
        self._pushes = 0

    def forgive(self) -> None:
        """End a wait under way; the counts stay."""
        self._refused, self._until, self._pushes = None, 0.0, 0

    def reset(self) -> None:
        """Nothing was asked yet."""
        self._requests.clear()
        self._work.clear()
        self._worked = 0.0
        self.forgive()

    def enter(self) -> Refusal | None:
        """Count a request in, or say which limit refuses it. Who asks again before the wait is over waits longer."""
        now = self._prune()
        refusal = self._refused if now < self._until else None
        refusal = refusal or self._over(now)
        if refusal is None:
            self.forgive()
            self._requests.append(now)
            self._running += 1
            return None
        wait = max(refusal.retry_after, self._until - now) + (_PUSH_SECONDS if self._pushes else 0.0)
        self._pushes += 1
        self._refused = Refusal(refusal.code, refusal.message, float(round(min(_WINDOW_SECONDS, max(1.0, wait)))))
        self._until = now + self._refused.retry_after
        return self._refused

    def leave(self, milliseconds: float) -> None:
        self._running -= 1
        self._work.append((self._now().timestamp(), milliseconds))
        self._worked += milliseconds

    def requests_left(self) -> int:
        return max(0, int(self._settings()["requests_per_window"]) - len(self._requests))

    def seconds_left(self) -> float:
        return max(0.0, (float(self._settings()["execution_ms_per_window"]) - self._worked) / 1000)

    def _over(self, now: float) -> Refusal | None:
        allowed = self._settings()
        requests, crowd = int(allowed["requests_per_window"]), int(allowed["concurrent_requests"])
        work = int(allowed["execution_ms_per_window"])
        over = f"over time window of {_WINDOW_SECONDS:.0f} seconds."
        if len(self._requests) >= requests:
            wait = (self._requests[0] if self._requests else now) + _WINDOW_SECONDS - now
            return Refusal("0x80072322", f"Number of requests exceeded the limit of {requests} {over}", wait)
        if self._worked >= work:
            message = f"Combined execution time of incoming requests exceeded limit of {work:,} milliseconds {over}"
            wait = (self._work[0][0] if self._work else now) + _WINDOW_SECONDS - now
            return Refusal("0x80072321", f"{message} Decrease number of concurrent requests.", wait)
        if self._running >= crowd:
            message = f"Number of concurrent requests exceeded the limit of {crowd}."
            return Refusal("0x80072326", message, _CROWD_SECONDS)
        return None

    def _prune(self) -> float:
        now = self._now().timestamp()
        while self._requests and self._requests[0] <= now - _WINDOW_SECONDS:
            self._requests.popleft()
        while self._work and self._work[0][0] <= now - _WINDOW_SECONDS:
            self._worked -= self._work.popleft()[1]
        return now
