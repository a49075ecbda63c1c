"""What other systems are told of returns: the events there are, what stands in them, their names. No personal data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.errors import BadInput
from domain.money import Money
from domain.returns import Snapshot

STAGE_CHANGED = "dev.backhaul.return.stage_changed.v1"
HELD = "dev.backhaul.return.held.v1"
TEST = "dev.backhaul.webhook.test.v1"
# What may be subscribed to; a test comes to everybody who asks for one.
TYPES: Mapping[str, str] = {
    STAGE_CHANGED: "a return entered another stage; what passes within a moment is one event",
    HELD: "a return waits for a person",
}
# With the id, what names an event among those of all systems (CloudEvents 1.0, "source").
SOURCE = "/backhaul/returns"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell. `event_id` is the same on every attempt and in every replay."""

    event_id: str
    kind: str
    return_id: str
    version: int
    data: Mapping[str, Any]
    at: datetime

    def cloud_event(self) -> dict[str, Any]:
        """As CloudEvents 1.0 has it, in the structured mode."""
        about = {"subject": self.return_id} if self.return_id else {}
        return {
            "specversion": "1.0",
            "id": self.event_id,
            "source": SOURCE,
            "type": self.kind,
            **about,
            "time": self.at.isoformat(),
            "datacontenttype": "application/json",
            "data": dict(self.data),
        }


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is needed to deliver: where to, the sealed secrets that sign (the newest first), the event. `wait` is in
    seconds, while the subscription rests; `age` too, since it was owed."""

    url: str
    secrets: tuple[bytes, ...]
    event: Event
    failures: int
    wait: float
    age: float


def secret_for(name: str) -> str:
    """What a subscription's secret is sealed for: it opens for nothing else."""
    return f"webhook:{name}"


def event_id(return_id: str, version: int, kind: str) -> str:
    """'R-5001-9F2C41AB:7:stage_changed'. A dot would end the id where the signature is made."""
    return f"{return_id}:{version}:{kind.split('.')[3]}"


def data(snapshot: Snapshot) -> dict[str, Any]:
    """What an event tells of a return: ids, where it stands, and its numbers."""
    paid = snapshot.payout
    return {
        "return_id": snapshot.return_id,
        "version": snapshot.version,
        "order_id": snapshot.order_id,
        "order_name": snapshot.order_name,
        "shop": snapshot.shop,
        "region": snapshot.region,
        "channel": snapshot.channel,
        "stage": str(snapshot.stage),
        "customer_stage": str(snapshot.customer_stage),
        "quoted": _amount(snapshot.quote.total if snapshot.quote else None),
        "agreed": _amount(snapshot.agreed),
        "credited": _amount(snapshot.credited),
        "paid": _amount(paid.total if paid else None),
        "credit_memo": snapshot.credit_memo,
        "holds": [{"hold_id": one.hold_id, "reason": one.reason, "owner": str(one.owner)} for one in snapshot.holds],
    }


def check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput("name", f"{name!r} must be small letters, digits and hyphens, beginning with a letter")
    return name


def check_types(types: tuple[str, ...]) -> tuple[str, ...]:
    """None named means all there are, also those to come."""
    for kind in types:
        if kind not in TYPES:
            raise BadInput("types", f"there is no event {kind!r}; there are {', '.join(TYPES)}")
    return tuple(dict.fromkeys(types))


def _amount(money: Money | None) -> dict[str, str] | None:
    return {"amount": money.decimal(), "currency": money.currency} if money else None
