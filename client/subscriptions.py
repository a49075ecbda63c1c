"""Systems that are told of events: subscriptions, their secrets, and what became of each delivery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from client.calls import Calls, at
from client.shapes import Delivery, Subscription


class Subscriptions:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def all(self) -> list[Subscription]:
        return cast("list[Subscription]", self._calls.get("/subscriptions")["subscriptions"])

    def types(self) -> dict[str, str]:
        """The events there are, and what each means."""
        return cast("dict[str, str]", self._calls.get("/subscriptions")["types"])

    def add(self, name: str, url: str, types: Sequence[str] = ()) -> str:
        """Its secret, which is told this once. No types: all events."""
        told = {"name": name, "url": url, "types": list(types)}
        return cast("str", self._calls.say("/subscriptions", told)["secret"])

    def rotate(self, name: str, overlap_hours: int = 24) -> str:
        """A new secret; the one before it signs too for so many hours."""
        told = {"overlap_hours": overlap_hours}
        return cast("str", self._calls.say(at("subscriptions", name, "secret"), told)["secret"])

    def switch(self, name: str, active: bool) -> None:
        self._calls.say(at("subscriptions", name, "state"), {"active": active})

    def test(self, name: str) -> Delivery:
        """Have it sent a test event."""
        return cast("Delivery", self._calls.say(at("subscriptions", name, "test"), {}))

    def deliveries(self, name: str, dead: bool = False, limit: int | None = None) -> list[Delivery]:
        """Newest first."""
        found = self._calls.get(at("subscriptions", name, "deliveries"), dead=dead, limit=limit)
        return cast("list[Delivery]", found["deliveries"])

    def replay(self, name: str, delivery_ids: Sequence[int] = ()) -> int:
        """Deliver again what is named, or all dead letters; how many."""
        told = {"delivery_ids": list(delivery_ids)}
        return cast("int", self._calls.say(at("subscriptions", name, "replay"), told)["again"])
