"""The API, call by call. Thin: what may be done and what it means is said in docs/api.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self, cast
from urllib.parse import quote
from uuid import uuid4

import httpx

from client.calls import Calls, wait
from client.events import follow
from client.shapes import (
    Ack,
    Answer,
    AskedLine,
    DeadLetter,
    Event,
    HeldReturn,
    ReceivedLine,
    Return,
    Seen,
    TimelineEvent,
    Tracked,
    Verdict,
)


class Backhaul:
    """Speaks to the API at `url` with `key`. A context manager; `close` it otherwise.

    What is written takes an idempotency `key` of the caller's; without one each call is a message of its own, which is
    still sent again safely. `seen` is the ETag of the return as it was looked at (`Seen.etag`).

    Raises the errors of client/errors.py."""

    def __init__(
        self, url: str, key: str, *, timeout: float = 40, attempts: int = 4,
        transport: httpx.BaseTransport | None = None, verify: Any = True, sleep: Callable[[float], None] = wait,
    ) -> None:  # fmt: skip
        self._calls = Calls(url, key, timeout, attempts, transport, verify, sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        self._calls.close()

    def start(self, order_id: str, lines: Sequence[AskedLine], *, key: str | None = None) -> Answer:
        """Ask units of an order back. `decision` 'pending': the ERP has not answered yet, look at the return later."""
        asked = {"order_id": order_id, "lines": list(lines)}
        return cast("Answer", self._say("/returns", asked, key or _new()))

    def confirm(
        self, return_id: str, digest: str, amount: str, currency: str, *, key: str | None = None, seen: str = ""
    ) -> Ack:
        """The customer confirms exactly this quote."""
        told = {"digest": digest, "amount": amount, "currency": currency}
        return self._tell(return_id, "confirmation", told, key or _new(), seen)

    def consent(self, return_id: str, answer: str, digest: str, *, key: str | None = None, seen: str = "") -> Ack:
        """The customer's answer to a lowered credit: accept, dispute or send_back."""
        return self._tell(return_id, "consent", {"answer": answer, "digest": digest}, key or _new(), seen)

    def withdraw(self, return_id: str, reason: str = "", *, key: str | None = None, seen: str = "") -> Ack:
        return self._tell(return_id, "withdrawal", {"reason": reason}, key or _new(), seen)

    def receive(
        self, return_id: str, receipt_id: str, lines: Sequence[ReceivedLine], tracking: str | None = None,
        *, seen: str = "",
    ) -> Ack:  # fmt: skip
        """A parcel arrived; `receipt_id` is the warehouse's own and its key."""
        told = {"receipt_id": receipt_id, "lines": list(lines), "tracking": tracking}
        return self._tell(return_id, "receipts", told, None, seen)

    def inspect(self, return_id: str, inspection_id: str, verdicts: Sequence[Verdict], *, seen: str = "") -> Ack:
        """Verdicts on received units; `inspection_id` is the warehouse's own and their key."""
        told = {"inspection_id": inspection_id, "verdicts": list(verdicts)}
        return self._tell(return_id, "inspections", told, None, seen)

    def report_lost(
        self, return_id: str, tracking: str | None = None, *, key: str | None = None, seen: str = ""
    ) -> Ack:
        """What has not arrived will not arrive."""
        return self._tell(return_id, "losses", {"tracking": tracking}, key or _new(), seen)

    def track(self, return_id: str, number: str, status: str = "in_transit") -> Tracked:
        """Label or tracking news."""
        return cast("Tracked", self._say(_path(return_id, "tracking"), {"number": number, "status": status}, None))

    def resolve(
        self, return_id: str, hold_id: str, choice: str, note: str = "", *, key: str | None = None, seen: str = ""
    ) -> Ack:
        """Decide a hold; the timeline says which key did."""
        told = {"choice": choice, "note": note}
        return self._tell(return_id, f"holds/{quote(hold_id, safe='')}/resolution", told, key or _new(), seen)

    def second_word(
        self, return_id: str, hold_id: str, proposal: str, decision: str, note: str = "", *, key: str | None = None,
        seen: str = "",
    ) -> Ack:  # fmt: skip
        """Say approve or reject to what somebody else proposed on a hold, or take_back to your own proposal."""
        told = {"proposal": proposal, "decision": decision, "note": note}
        return self._tell(return_id, f"holds/{quote(hold_id, safe='')}/approval", told, key or _new(), seen)

    def look(self, return_id: str) -> Seen:
        """One return as it stands now."""
        answer = self._calls.ask("GET", _path(return_id))
        return Seen(cast("Return", answer.json()), answer.headers.get("ETag", ""))

    def timeline(self, return_id: str) -> list[TimelineEvent]:
        """Oldest first."""
        return cast("list[TimelineEvent]", self._calls.ask("GET", _path(return_id, "timeline")).json()["timeline"])

    def page(self, **filters: Any) -> tuple[list[Return], str | None]:
        """One page, newest first, and the cursor of the next; filters by the names of `GET /returns`."""
        found = self._calls.ask("GET", "/returns", query=_query(filters)).json()
        return found["returns"], found["cursor"]

    def search(self, **filters: Any) -> Iterator[Return]:
        """All that fit, page after page as they are asked for."""
        return cast("Iterator[Return]", self._each("/returns", "returns", filters))

    def holds(self, owner: str | None = None) -> Iterator[HeldReturn]:
        """What waits for a person, page after page."""
        return cast("Iterator[HeldReturn]", self._each("/holds", "holds", {"owner": owner}))

    def dead_letters(self) -> list[DeadLetter]:
        """Oldest first."""
        return cast("list[DeadLetter]", self._calls.ask("GET", "/dead-letters").json()["dead_letters"])

    def events(self, return_id: str | None = None) -> Iterator[Event]:
        """Moves as they happen, for ever: of one return, or of all that the key may see."""
        return follow(self._calls, "/events" if return_id is None else _path(return_id, "events"))

    def _each(self, path: str, name: str, filters: Mapping[str, Any]) -> Iterator[Any]:
        cursor: str | None = None
        while True:
            found = self._calls.ask("GET", path, query=_query({**filters, "cursor": cursor})).json()
            yield from found[name]
            cursor = found["cursor"]
            if cursor is None:
                return

    def _tell(self, return_id: str, what: str, told: Mapping[str, Any], key: str | None, seen: str) -> Ack:
        return cast("Ack", self._say(_path(return_id, what), told, key, seen))

    def _say(self, path: str, told: Mapping[str, Any], key: str | None, seen: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key is not None else {}
        headers |= {"If-Match": seen} if seen else {}
        return self._calls.ask("POST", path, told, headers=headers).json()


def _path(return_id: str, *rest: str) -> str:
    return "/".join(("/returns", quote(return_id, safe=""), *rest))


def _query(filters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value is not None}


def _new() -> str:
    return uuid4().hex
