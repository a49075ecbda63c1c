"""What people say to a hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runtime.inputs.fields import Input, Key, Name, Note, digest
from workflows import messages as m


class ResolveInput(Input):
    hold_id: Annotated[str, Field(pattern=r"^H[0-9]{1,6}$")]
    choice: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]
    by: Name
    note: Note = ""
    idempotency_key: Key | None = None

    def message(self) -> m.Resolve:
        key = self.idempotency_key or f"resolve-{self.hold_id}-{self.choice}-{digest([self.by, self.note])}"
        return m.Resolve(key, self.hold_id, self.choice, self.by, self.note)


class ApprovalInput(Input):
    """What somebody says to a proposal they saw on a hold. Its proposer takes it back; somebody else approves or
    rejects it."""

    hold_id: Annotated[str, Field(pattern=r"^H[0-9]{1,6}$")]
    proposal: Annotated[str, Field(pattern=r"^P[0-9]{1,6}$")]
    decision: Literal["approve", "reject", "take_back"]
    by: Name
    note: Note = ""
    idempotency_key: Key | None = None

    def message(self) -> m.SecondWord:
        said = f"{self.decision}-{self.hold_id}-{self.proposal}-{digest([self.by, self.note])}"
        key = self.idempotency_key or said
        return m.SecondWord(key, self.hold_id, self.proposal, self.decision, self.by, self.note)


class ClaimInput(Input):
    """For how long somebody has a hold to themselves; at most a working day."""

    minutes: Annotated[int, Field(ge=1, le=480, strict=True)] = 30
