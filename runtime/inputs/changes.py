"""What is asked of a return from outside, and what people decide about it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import uuid4

from pydantic import AfterValidator, Field

from domain.change_request import ChangeRequest, RequestKind
from domain.errors import BadInput
from runtime.inputs.fields import Input, Key, Note, clean


class ChangeInput(Input):
    """One thing at a time. Whether a reason or an amount will do is the return's affair: it answers."""

    reason: Note | None = None
    partial_refund: Note | None = None
    cancel: bool = False
    note: Annotated[str, Field(max_length=32_000), AfterValidator(clean)] | None = None
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


class DecisionInput(Input):
    """A person's word on a request. Why is kept with the return; a part of the credit is not granted without."""

    decision: Literal["approve", "refuse"]
    note: Note = ""
    idempotency_key: Key | None = None
