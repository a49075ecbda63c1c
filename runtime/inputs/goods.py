"""What carrier and warehouse say of the goods of a return."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from domain.errors import BadInput
from domain.inventory import Disposition
from domain.units import FULL_VALUE, Verdict
from runtime.inputs.fields import Id, Input, Key, Name, Note, Part, Photo, ReturnId, Units, different
from workflows import messages as m


class TrackInput(Input):
    number: Id
    status: Id = "in_transit"

    def message(self) -> m.Tracking:
        return m.Tracking(self.number, self.status)


class LostInput(Input):
    tracking: Id | None = None
    idempotency_key: Key | None = None

    def message(self) -> m.ReportLost:
        tracking = self.tracking or ""
        return m.ReportLost(self.idempotency_key or f"lost-{tracking}", tracking)


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
        different("lines", ((line.line_id, line.sku, line.serial) for line in self.lines))
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
        different("verdicts", ((given.model_dump_json(),) for given in self.verdicts))
        return m.Inspection(self.inspection_id, tuple(given.verdict() for given in self.verdicts))


# Messages in one request; more are more requests.
MOST_AT_ONCE = 200


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


def _one_per_serial(field: str, serial: str | None, quantity: int) -> None:
    if serial is not None and quantity != 1:
        raise BadInput(f"{field}.quantity", f"a serial number names one unit, not {quantity}")
