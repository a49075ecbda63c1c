"""What the customer, or the shop for them, says to a return."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain import ids, money
from domain.returns import Reason, RequestedLine
from runtime.inputs.fields import Id, Input, Key, Note, OrderId, Units, different, digest
from workflows import messages as m


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
        different("lines", ((line.line_id,) for line in self.lines))
        key = self.idempotency_key or self._content()
        lines = tuple(RequestedLine(line.line_id, line.quantity, line.reason) for line in self.lines)
        return_id = ids.check_return_id(ids.return_id(self.order_id, key))
        return m.StartReturn(return_id, self.order_id, lines, key, storefront_return)

    def _content(self) -> str:
        """The same whatever the order of the lines."""
        lines = sorted((line.line_id, line.quantity, str(line.reason)) for line in self.lines)
        return digest([self.order_id, lines])


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
        said = f"-{digest(self.reason)}" if self.reason else ""
        return m.Withdraw(self.idempotency_key or f"withdraw{said}", self.reason)


class ConsentInput(Input):
    """Which answers there are is the return's affair: it says so when the answer is none of them."""

    answer: Id
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    idempotency_key: Key | None = None

    def message(self) -> m.Consent:
        return m.Consent(self.idempotency_key or f"consent-{self.digest}-{self.answer}", self.answer, self.digest)
