"""Every message a return takes: one dataclass in, one out. `key` is the caller's idempotency key and the update id."""

from __future__ import annotations

from dataclasses import dataclass

from domain.money import Money
from domain.refund import Quote
from domain.returns import Hold, RequestedLine, Stage
from domain.units import Verdict

UPDATE_REQUEST = "request"
UPDATE_CONFIRM = "confirm"
UPDATE_WITHDRAW = "withdraw"
UPDATE_RECEIVE = "receive"
UPDATE_INSPECT = "inspect"
UPDATE_CONSENT = "consent"
UPDATE_REPORT_LOST = "report_lost"
UPDATE_RESOLVE = "resolve"
UPDATE_SECOND_WORD = "second_word"
# Takes a domain.change_request.ChangeRequest, answers an Answered.
UPDATE_CHANGE = "change"
SIGNAL_TRACKING = "tracking"
QUERY_SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class StartReturn:
    """A request to send back units of one order. `storefront_return`: the customer began it in the shop itself."""

    return_id: str
    order_id: str
    lines: tuple[RequestedLine, ...]
    key: str
    storefront_return: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    key: str


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """quoted: here is the binding quote. refused: here is why. review: a human looks, here is the hold."""

    return_id: str
    decision: str
    quote: Quote | None = None
    reasons: tuple[str, ...] = ()
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """The customer confirms exactly this quote: its digest and its amount."""

    key: str
    digest: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Withdraw:
    key: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What lay in the parcel: by order line, or by SKU when the warehouse cannot tell which line."""

    quantity: int
    line_id: str | None = None
    sku: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One parcel. `receipt_id` is the warehouse's own id: the same one twice is the same parcel."""

    receipt_id: str
    lines: tuple[ReceiptLine, ...]
    tracking: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """Verdicts on received units."""

    inspection_id: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """The customer's answer to a lowered credit: accept, dispute or send_back, of exactly this quote."""

    key: str
    answer: str
    digest: str


@dataclass(frozen=True, slots=True)
class ReportLost:
    """Carrier or support: what has not arrived will not arrive."""

    key: str
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Resolve:
    """The owner's decision on a hold. `note` says why, or by which document; some choices need one."""

    key: str
    hold_id: str
    choice: str
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SecondWord:
    """What `by` says to the proposal they saw on a hold, by its number: approve, reject or take_back."""

    key: str
    hold_id: str
    proposal: str
    word: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tracking:
    """Label or tracking news; `status` is free but short: label_created, in_transit, delivered."""

    number: str
    status: str = "in_transit"


@dataclass(frozen=True, slots=True)
class Ack:
    """The message was taken (or had been before); `stage` is where the return stands now. `proposal` is its number,
    where it decides nothing before a second person approves it."""

    return_id: str
    stage: Stage
    note: str = ""
    proposal: str = ""
