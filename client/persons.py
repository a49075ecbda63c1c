"""Persons' requests about their data: what is kept of them, and their erasure. Named by customer number or mailbox."""

from __future__ import annotations

from typing import Any, cast

from client.calls import Calls, at, new_key
from client.shapes import Erasure


class Persons:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def export(self, why: str, customer_id: str | None = None, email: str | None = None) -> dict[str, Any]:
        """All that is kept of them, as it is kept."""
        told = {"customer_id": customer_id, "email": email, "why": why}
        return cast("dict[str, Any]", self._calls.say("/privacy/exports", told))

    def erase(
        self, why: str, customer_id: str | None = None, email: str | None = None, *, key: str | None = None
    ) -> Erasure:
        """Have them erased, once none of their returns is open."""
        told = {"customer_id": customer_id, "email": email, "why": why}
        return cast("Erasure", self._calls.say("/privacy/erasures", told, key or new_key()))

    def erasures(self) -> list[Erasure]:
        """Newest first."""
        return cast("list[Erasure]", self._calls.get("/privacy/erasures")["erasures"])

    def erasure(self, request_id: str) -> Erasure:
        return cast("Erasure", self._calls.get(at("privacy", "erasures", request_id)))

    def again(self, request_id: str) -> Erasure:
        """Look at once, or erase what could not be erased."""
        return cast("Erasure", self._calls.say(at("privacy", "erasures", request_id, "again"), {}))

    def withdraw(self, request_id: str) -> Erasure:
        """Take back a request that waits."""
        return cast("Erasure", self._calls.say(at("privacy", "erasures", request_id, "withdrawal"), {}))
