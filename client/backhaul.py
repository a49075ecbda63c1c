"""The API, call by call. Thin: what may be done and what it means is said in docs/api.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self, cast

import httpx

from client.audit import Audit
from client.calls import Calls, at, new_key, wait
from client.crm import Crm
from client.events import follow
from client.identity import Identity
from client.mappings import Mappings
from client.notices import Notices
from client.persons import Persons
from client.shapes import (
    Ack,
    Answer,
    AskedLine,
    ChangeAnswer,
    ChangeAsked,
    DeadLetter,
    Event,
    HeldReturn,
    MoneyView,
    Note,
    ReceivedLine,
    Return,
    Seen,
    SentMessage,
    ShownInOrg,
    StockView,
    TimelineEvent,
    Tracked,
    Verdict,
)
from client.subscriptions import Subscriptions


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
        self.crm, self.identity, self.audit = Crm(self._calls), Identity(self._calls), Audit(self._calls)
        self.mappings, self.persons = Mappings(self._calls), Persons(self._calls)
        self.notices, self.subscriptions = Notices(self._calls), Subscriptions(self._calls)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        self._calls.close()

    def start(self, order_id: str, lines: Sequence[AskedLine], *, key: str | None = None) -> Answer:
        """Ask units of an order back. `decision` 'pending': the ERP has not answered yet, look at the return later."""
        asked = {"order_id": order_id, "lines": list(lines)}
        return cast("Answer", self._calls.say("/returns", asked, key or new_key()))

    def confirm(
        self, return_id: str, digest: str, amount: str, currency: str, *, key: str | None = None, seen: str = ""
    ) -> Ack:
        """The customer confirms exactly this quote."""
        told = {"digest": digest, "amount": amount, "currency": currency}
        return self._tell(return_id, ("confirmation",), told, key or new_key(), seen)

    def consent(self, return_id: str, answer: str, digest: str, *, key: str | None = None, seen: str = "") -> Ack:
        """The customer's answer to a lowered credit: accept, dispute or send_back."""
        return self._tell(return_id, ("consent",), {"answer": answer, "digest": digest}, key or new_key(), seen)

    def withdraw(self, return_id: str, reason: str = "", *, key: str | None = None, seen: str = "") -> Ack:
        return self._tell(return_id, ("withdrawal",), {"reason": reason}, key or new_key(), seen)

    def receive(
        self, return_id: str, receipt_id: str, lines: Sequence[ReceivedLine], tracking: str | None = None,
        *, seen: str = "",
    ) -> Ack:  # fmt: skip
        """A parcel arrived; `receipt_id` is the warehouse's own and its key."""
        told = {"receipt_id": receipt_id, "lines": list(lines), "tracking": tracking}
        return self._tell(return_id, ("receipts",), told, None, seen)

    def inspect(self, return_id: str, inspection_id: str, verdicts: Sequence[Verdict], *, seen: str = "") -> Ack:
        """Verdicts on received units; `inspection_id` is the warehouse's own and their key."""
        told = {"inspection_id": inspection_id, "verdicts": list(verdicts)}
        return self._tell(return_id, ("inspections",), told, None, seen)

    def report_lost(
        self, return_id: str, tracking: str | None = None, *, key: str | None = None, seen: str = ""
    ) -> Ack:
        """What has not arrived will not arrive."""
        return self._tell(return_id, ("losses",), {"tracking": tracking}, key or new_key(), seen)

    def track(self, return_id: str, number: str, status: str = "in_transit") -> Tracked:
        """Label or tracking news."""
        return cast("Tracked", self._calls.say(_of(return_id, "tracking"), {"number": number, "status": status}))

    def resolve(
        self, return_id: str, hold_id: str, choice: str, note: str = "", *, key: str | None = None, seen: str = ""
    ) -> Ack:
        """Decide a hold; the timeline says which key did."""
        told = {"choice": choice, "note": note}
        return self._tell(return_id, ("holds", hold_id, "resolution"), told, key or new_key(), seen)

    def second_word(
        self, return_id: str, hold_id: str, proposal: str, decision: str, note: str = "", *, key: str | None = None,
        seen: str = "",
    ) -> Ack:  # fmt: skip
        """Say approve or reject to what somebody else proposed on a hold, or take_back to your own proposal."""
        told = {"proposal": proposal, "decision": decision, "note": note}
        return self._tell(return_id, ("holds", hold_id, "approval"), told, key or new_key(), seen)

    def look(self, return_id: str) -> Seen:
        """One return as it stands now."""
        answer = self._calls.ask("GET", _of(return_id))
        return Seen(cast("Return", answer.json()), answer.headers.get("ETag", ""))

    def timeline(self, return_id: str) -> list[TimelineEvent]:
        """Oldest first."""
        return cast("list[TimelineEvent]", self._calls.get(_of(return_id, "timeline"))["timeline"])

    def money(self, return_id: str) -> MoneyView:
        """Quote, credit memo and payout side by side, line by line and why, with the ledger."""
        return cast("MoneyView", self._calls.get(_of(return_id, "money")))

    def stock(self, return_id: str) -> StockView:
        """Its goods by line, and where they are."""
        return cast("StockView", self._calls.get(_of(return_id, "stock")))

    def shown(self, return_id: str) -> list[ShownInOrg]:
        """By CRM org: what it shows, what was edited and asked there."""
        return cast("list[ShownInOrg]", self._calls.get(_of(return_id, "crm"))["orgs"])

    def messages(self, return_id: str) -> list[SentMessage]:
        """Notices sent, owed, and given up for now; oldest first."""
        return cast("list[SentMessage]", self._calls.get(_of(return_id, "messages"))["messages"])

    def contact(self, return_id: str) -> dict[str, str] | None:
        """The customer, masked; None when nobody is known, or was erased."""
        return cast("dict[str, str] | None", self._calls.get(_of(return_id, "contact"))["contact"])

    def disclose(self, return_id: str, reason: str) -> dict[str, str] | None:
        """The customer as they are, for a reason that is kept with who asked."""
        return cast(
            "dict[str, str] | None",
            self._calls.say(_of(return_id, "contact", "disclosure"), {"reason": reason})["contact"],
        )

    def changes(self, return_id: str) -> list[ChangeAsked]:
        """Everything that was asked of it; oldest first."""
        return cast("list[ChangeAsked]", self._calls.get(_of(return_id, "changes"))["changes"])

    def notes(self, return_id: str) -> list[Note]:
        """What notes say that were asked to be kept with it. Personal."""
        return cast("list[Note]", self._calls.get(_of(return_id, "notes"))["notes"])

    def ask_change(
        self, return_id: str, *, reason: str | None = None, partial_refund: str | None = None, cancel: bool = False,
        note: str | None = None, key: str | None = None, seen: str = "",
    ) -> ChangeAnswer:  # fmt: skip
        """Ask for one of them; a partial refund such as '12.50 EUR'."""
        told = {"reason": reason, "partial_refund": partial_refund, "cancel": cancel, "note": note}
        return cast("ChangeAnswer", self._calls.say(_of(return_id, "changes"), told, key or new_key(), seen))

    def decide_change(
        self, return_id: str, request_id: str, decision: str, note: str = "", *, key: str | None = None, seen: str = ""
    ) -> Ack:
        """approve or refuse what waits for your role."""
        told = {"decision": decision, "note": note}
        return self._tell(return_id, ("changes", request_id, "decision"), told, key or new_key(), seen)

    def page(self, **filters: Any) -> tuple[list[Return], str | None]:
        """One page, newest first, and the cursor of the next; filters by the names of `GET /returns`."""
        found = self._calls.get("/returns", **filters)
        return found["returns"], found["cursor"]

    def search(self, **filters: Any) -> Iterator[Return]:
        """All that fit, page after page as they are asked for."""
        return self._calls.each("/returns", "returns", **filters)

    def holds(self, owner: str | None = None) -> Iterator[HeldReturn]:
        """What waits for a person, page after page."""
        return self._calls.each("/holds", "holds", owner=owner)

    def take_hold(self, return_id: str, hold_id: str, minutes: int = 30) -> HeldReturn:
        """You work on it: everybody sees it, and it ends by itself."""
        return cast("HeldReturn", self._calls.say(_of(return_id, "holds", hold_id, "claim"), {"minutes": minutes}))

    def leave_hold(self, return_id: str, hold_id: str) -> bool:
        """You do not any more. Whether it was yours."""
        answer = self._calls.ask("DELETE", _of(return_id, "holds", hold_id, "claim"))
        return cast("bool", answer.json()["released"])

    def dead_letters(self, org: str | None = None, cause: str | None = None) -> list[DeadLetter]:
        """Oldest first; of one CRM org, or with a text in the cause."""
        found = self._calls.get("/dead-letters", org=org, cause=cause)
        return cast("list[DeadLetter]", found["dead_letters"])

    def events(self, return_id: str | None = None) -> Iterator[Event]:
        """Moves as they happen, for ever: of one return, or of all that the key may see."""
        return follow(self._calls, "/events" if return_id is None else _of(return_id, "events"))

    def _tell(self, return_id: str, what: tuple[str, ...], told: Mapping[str, Any], key: str | None, seen: str) -> Ack:
        return cast("Ack", self._calls.say(_of(return_id, *what), told, key, seen))


def _of(return_id: str, *rest: str) -> str:
    return at("returns", return_id, *rest)
