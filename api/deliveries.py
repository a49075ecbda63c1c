"""Webhook deliveries this process has answered for good: a duplicate gets the same answer, and nobody is asked again.

It saves the shop and the engine the work of duplicates. That a request becomes one return does not rest on it: another
process, or this one after a restart, meets the duplicate anew and finds the return that is there.
"""

from __future__ import annotations

import hashlib
from typing import Any

# Shopify repeats an event for four hours at most; the oldest goes first.
_KEPT = 10_000


class Deliveries:
    def __init__(self) -> None:
        self._answers: dict[tuple[str, bytes], dict[str, Any]] = {}

    def answer(self, event: str, body: bytes) -> dict[str, Any] | None:
        """What the event was answered with; None when it is new, or was not taken yet."""
        return self._answers.get(_key(event, body))

    def note(self, event: str, body: bytes, answer: dict[str, Any]) -> None:
        if len(self._answers) >= _KEPT:
            del self._answers[next(iter(self._answers))]
        self._answers[_key(event, body)] = answer


def _key(event: str, body: bytes) -> tuple[str, bytes]:
    """With the body, which is signed: the event's id alone is the sender's word."""
    return event, hashlib.sha256(body).digest()
