"""What callers may say to a return, checked field by field before anything happens; each model makes its message."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain import ids, money
from domain.change_request import ChangeRequest, RequestKind
from domain.errors import BadInput
from domain.inventory import Disposition
from domain.returns import Reason, RequestedLine
from domain.units import FULL_VALUE, Verdict
from workflows import messages as m


def _clean(text: str) -> str:
    # PostgreSQL takes no NUL, a timeline no control characters.
    if any((sign < " " and sign not in "\n\t") or sign == "\x7f" for sign in text):
        raise ValueError("must not contain control characters")
    return text


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must say something")
    return text.strip()


def _named(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be printable text without spaces around it")
    return text


Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:#/-]+$")]
ReturnId = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{2,39}$")]
# It becomes a part of the return's id.
OrderId = Annotated[str, Field(min_length=1, max_length=28, pattern=r"^[A-Z0-9-]+$")]
Key = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Units = Annotated[int, Field(gt=0, le=1_000_000, strict=True)]
Part = Annotated[str, Field(pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$")]
Name = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_named)]
Photo = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_named)]
Why = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_clean), AfterValidator(_said)]
Note = Annotated[str, Field(max_length=500), AfterValidator(_clean)]
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), AfterValidator(_named)]

# Of a row in PostgreSQL.
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]

# Messages in one request; more are more requests.
MOST_AT_ONCE = 200


class Input(BaseModel):
    """Strict: nothing unknown, nothing guessed. Numbers are numbers, amounts are decimal strings."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LineInput(Input):
    line_id: Id
    quantity: Units
    reason: Reason = Field(default=Reason.OTHER, strict=False)


class StartInput(Input):
    """A request to return. `idempotency_key` makes a repeated click the same return; without it the content does."""

    order_id: OrderId
    lines: list[LineInput] = Field(min_length=1, max_length=500)
    idempotency_key: Key | None = None

    def message(self, storefront_return: str | None = None) -> m.StartReturn:
        _different("lines", ((line.line_id,) for line in self.lines))
        key = self.idempotency_key or self._content()
        lines = tuple(RequestedLine(line.line_id, line.quantity, line.reason) for line in self.lines)
        return_id = ids.check_return_id(ids.return_id(self.order_id, key))
        return m.StartReturn(return_id, self.order_id, lines, key, storefront_return)

    def _content(self) -> str:
        """The same whatever the order of the lines."""
        lines = sorted((line.line_id, line.quantity, str(line.reason)) for line in self.lines)
        return _digest([self.order_id, lines])


class ConfirmInput(Input):
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    amount: str
    currency: str
    idempotency_key: Key | None = None

    def message(self) -> m.Confirm:
        amount = money.parse(self.amount, self.currency)
        key = self.idempotency_key or f"confirm-{self.digest}-{amount.minor}-{amount.currency}"
        return m.Confirm(key, self.digest, amount)


class WithdrawInput(Input):
    reason: Note = ""
    idempotency_key: Key | None = None

    def message(self) -> m.Withdraw:
        said = f"-{_digest(self.reason)}" if self.reason else ""
        return m.Withdraw(self.idempotency_key or f"withdraw{said}", self.reason)


class EndSessionsInput(Input):
    person: Name
    why: Why


class DisclosureInput(Input):
    reason: Why


class ReceiptLineInput(Input):
    quantity: Units
    line_id: Id | None = None
    sku: Name | None = None
    serial: Name | None = None


class ReceiptInput(Input):
    receipt_id: Id
    lines: list[ReceiptLineInput] = Field(min_length=1, max_length=500)
    tracking: Id | None = None

    def message(self) -> m.Receipt:
        for place, line in enumerate(self.lines):
            if line.line_id is None and line.sku is None:
                raise BadInput(f"lines.{place}", "give line_id or sku")
            _one_per_serial(f"lines.{place}", line.serial, line.quantity)
        _different("lines", ((line.line_id, line.sku, line.serial) for line in self.lines))
        lines = tuple(m.ReceiptLine(line.quantity, line.line_id, line.sku, line.serial) for line in self.lines)
        return m.Receipt(self.receipt_id, lines, self.tracking)


class VerdictInput(Input):
    line_id: Id
    quantity: Units
    disposition: Disposition = Field(strict=False)
    accepted: bool
    value_fraction: Part = "1"
    serial: Name | None = None
    note: Note | None = None
    photos: list[Photo] = Field(default_factory=list, max_length=20)

    def verdict(self) -> Verdict:
        value = int(Decimal(self.value_fraction) * FULL_VALUE)
        return Verdict(
            self.line_id, self.quantity, self.disposition, self.accepted, value, self.serial, self.note,
            tuple(self.photos),
        )  # fmt: skip


class InspectionInput(Input):
    inspection_id: Id
    verdicts: list[VerdictInput] = Field(min_length=1, max_length=500)

    def message(self) -> m.Inspection:
        for place, given in enumerate(self.verdicts):
            _one_per_serial(f"verdicts.{place}", given.serial, given.quantity)
        _different("verdicts", ((given.model_dump_json(),) for given in self.verdicts))
        return m.Inspection(self.inspection_id, tuple(given.verdict() for given in self.verdicts))


class ReceiptOf(ReceiptInput):
    """A parcel, and which return it belongs to."""

    return_id: ReturnId


class InspectionOf(InspectionInput):
    """Verdicts, and of which return."""

    return_id: ReturnId


class ManyReceipts(Input):
    """Each is read and answered by itself."""

    receipts: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_AT_ONCE)]


class ManyInspections(Input):
    inspections: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_AT_ONCE)]


class ConsentInput(Input):
    """Which answers there are is the return's affair: it says so when the answer is none of them."""

    answer: Id
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    idempotency_key: Key | None = None

    def message(self) -> m.Consent:
        return m.Consent(self.idempotency_key or f"consent-{self.digest}-{self.answer}", self.answer, self.digest)


class LostInput(Input):
    tracking: Id | None = None
    idempotency_key: Key | None = None

    def message(self) -> m.ReportLost:
        tracking = self.tracking or ""
        return m.ReportLost(self.idempotency_key or f"lost-{tracking}", tracking)


class TrackInput(Input):
    number: Id
    status: Id = "in_transit"

    def message(self) -> m.Tracking:
        return m.Tracking(self.number, self.status)


class ChangeInput(Input):
    """One thing at a time. Whether a reason or an amount will do is the return's affair: it answers."""

    reason: Note | None = None
    partial_refund: Note | None = None
    cancel: bool = False
    note: Annotated[str, Field(max_length=32_000), AfterValidator(_clean)] | None = None
    by: Annotated[str, Field(max_length=64)] = ""
    idempotency_key: Key | None = None

    def request(self, at: datetime, source: str = "cli") -> ChangeRequest:
        wanted = {
            RequestKind.REASON: self.reason,
            RequestKind.PARTIAL_REFUND: self.partial_refund,
            RequestKind.CANCELLATION: "" if self.cancel else None,
            RequestKind.NOTE: None if self.note is None else "",
        }
        asked = {kind: value for kind, value in wanted.items() if value is not None}
        if len(asked) != 1:
            raise BadInput("change", "ask for one of a reason, a partial refund, a cancellation or a note")
        ((kind, value),) = asked.items()
        return ChangeRequest(self.idempotency_key or f"{source}-{uuid4().hex}", kind, value, source, self.by, at)


class SubscriptionInput(Input):
    """`types` empty: all events, also those to come."""

    name: Annotated[str, Field(max_length=40)]
    url: Annotated[str, Field(max_length=500)]
    types: list[Annotated[str, Field(max_length=80)]] = Field(default_factory=list, max_length=20)


class RotationInput(Input):
    """For so many hours the secret before it signs too."""

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24


class SwitchInput(Input):
    active: bool


class RedeliveryInput(Input):
    """Without ids all dead letters."""

    delivery_ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(default_factory=list, max_length=1000)


class ResolveInput(Input):
    hold_id: Annotated[str, Field(pattern=r"^H[0-9]{1,6}$")]
    choice: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]
    by: Name
    note: Note = ""
    idempotency_key: Key | None = None

    def message(self) -> m.Resolve:
        key = self.idempotency_key or f"resolve-{self.hold_id}-{self.choice}-{_digest([self.by, self.note])}"
        return m.Resolve(key, self.hold_id, self.choice, self.by, self.note)


class DecisionInput(Input):
    """A person's word on a request. Why is kept with the return; a part of the credit is not granted without."""

    decision: Literal["approve", "refuse"]
    note: Note = ""
    idempotency_key: Key | None = None


class WhyInput(Input):
    """Kept beside the decision. No names: it is never erased."""

    why: Why


class MergeInput(WhyInput):
    """Two parties by their ids; `keep` survives."""

    keep: Id
    other: Id


class ItemInput(Input):
    """What is to be done about an item; its kind says which choices there are."""

    choice: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]
    note: Note = ""


class ReplayInput(Input):
    """Which dead letters: of one org or all, those with a text in their cause, those of some returns."""

    org: Id | None = None
    cause: Annotated[str, Field(max_length=200), AfterValidator(_clean)] = ""
    return_ids: Annotated[list[ReturnId], Field(max_length=500)] = []
    patience_seconds: Annotated[int, Field(ge=1, le=60, strict=True)] = 20


class RehearsalInput(Input):
    """The returns to look at; none named means the newest."""

    return_ids: Annotated[list[ReturnId], Field(max_length=200)] = []
    limit: Annotated[int, Field(ge=1, le=200, strict=True)] = 20


class ClaimInput(Input):
    """For how long somebody has a hold to themselves; at most a working day."""

    minutes: Annotated[int, Field(ge=1, le=480, strict=True)] = 30


class PersonInput(Input):
    """Who is meant, by one of both, and why it is asked: that is kept, so no names in it."""

    customer_id: Id | None = None
    email: Email | None = None
    why: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_clean)]


class ErasureInput(PersonInput):
    idempotency_key: Key


def _one_per_serial(field: str, serial: str | None, quantity: int) -> None:
    if serial is not None and quantity != 1:
        raise BadInput(f"{field}.quantity", f"a serial number names one unit, not {quantity}")


def _different(field: str, things: Iterable[tuple[str | None, ...]]) -> None:
    """What is named twice is a slip of somebody's: once too often, or two quantities that belong together."""
    seen: dict[tuple[str | None, ...], int] = {}
    for place, thing in enumerate(things):
        if thing in seen:
            raise BadInput(f"{field}.{place}", f"says the same as {field}.{seen[thing]}; add the quantities up")
        seen[thing] = place


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:24]
