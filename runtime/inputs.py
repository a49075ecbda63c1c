"""What callers may send, checked field by field before anything happens: every refusal names the field and the mend."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain import ids, money
from domain.errors import BadInput
from domain.inventory import Disposition
from domain.returns import Reason, RequestedLine
from domain.units import FULL_VALUE, Verdict
from workflows import messages as m

M = TypeVar("M", bound=BaseModel)


def _value(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not 0 <= number <= 1 or number * FULL_VALUE != int(number * FULL_VALUE):
        raise ValueError('write a part of the price from "0" to "1" with at most four decimals, such as "0.5"')
    return text


Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:#/-]+$")]
Key = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Units = Annotated[int, Field(gt=0, le=1_000_000, strict=True)]
Part = Annotated[str, AfterValidator(_value)]


class Input(BaseModel):
    """Strict: nothing unknown, nothing guessed. Numbers are numbers, amounts are decimal strings."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LineInput(Input):
    line_id: Id
    quantity: Units
    reason: Reason = Field(default=Reason.OTHER, strict=False)


class StartInput(Input):
    """A request to return. `idempotency_key` makes a repeated click the same return; without it the content does."""

    order_id: Id
    lines: list[LineInput] = Field(min_length=1, max_length=500)
    idempotency_key: Key | None = None

    def message(self, storefront_return: str | None = None) -> m.StartReturn:
        named = [line.line_id for line in self.lines]
        twice = sorted({line_id for line_id in named if named.count(line_id) > 1})
        if twice:
            raise BadInput("lines", f"line {twice[0]} is named twice; add the quantities up")
        key = self.idempotency_key or _digest(self.model_dump(mode="json"))
        lines = tuple(RequestedLine(line.line_id, line.quantity, line.reason) for line in self.lines)
        return_id = ids.check_return_id(ids.return_id(self.order_id, key))
        return m.StartReturn(return_id, self.order_id, lines, key, storefront_return)


class ConfirmInput(Input):
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    amount: str
    currency: str
    idempotency_key: Key | None = None

    def message(self) -> m.Confirm:
        amount = money.parse(self.amount, self.currency)
        return m.Confirm(self.idempotency_key or f"confirm-{self.digest}", self.digest, amount)


class ReceiptLineInput(Input):
    quantity: Units
    line_id: Id | None = None
    sku: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    serial: Annotated[str, Field(min_length=1, max_length=128)] | None = None


class ReceiptInput(Input):
    receipt_id: Id
    lines: list[ReceiptLineInput] = Field(min_length=1, max_length=500)
    tracking: Id | None = None

    def message(self) -> m.Receipt:
        for place, line in enumerate(self.lines):
            if line.line_id is None and line.sku is None:
                raise BadInput(f"lines.{place}", "give line_id or sku")
        lines = tuple(m.ReceiptLine(line.quantity, line.line_id, line.sku, line.serial) for line in self.lines)
        return m.Receipt(self.receipt_id, lines, self.tracking)


class VerdictInput(Input):
    line_id: Id
    quantity: Units
    disposition: Disposition = Field(strict=False)
    accepted: bool
    value_fraction: Part = "1"
    serial: Annotated[str, Field(max_length=128)] | None = None
    note: Annotated[str, Field(max_length=500)] | None = None
    photos: list[Annotated[str, Field(max_length=500)]] = Field(default_factory=list, max_length=20)

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
        return m.Inspection(self.inspection_id, tuple(verdict.verdict() for verdict in self.verdicts))


def parsed(model: type[M], data: Any) -> M:
    """`data` as `model`, or BadInput naming the first wrong field and every further one."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [
            (".".join(str(part) for part in fault["loc"]) or "body", _sentence(fault)) for fault in error.errors()
        ]
        field, sentence = faults[0]
        more = "".join(f"; {name}: {words}" for name, words in faults[1:])
        raise BadInput(field, sentence + more) from None


def read_json(text: str, what: str) -> Any:
    """JSON text as data; BadInput says where it stops being JSON. Whole numbers stay whole, nothing becomes a float."""
    try:
        return json.loads(text, parse_float=lambda number: number)
    except json.JSONDecodeError as error:
        raise BadInput(what, f"is not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None


def _sentence(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "is not a known field"
    if fault["type"] == "missing":
        return "is missing"
    return str(fault["msg"]).removeprefix("Value error, ")


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]
