"""What IT says to the CRMs: their items, their dead letters, rehearsals of a mapping."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from runtime.inputs.fields import Id, Input, Note, ReturnId, clean


class ItemInput(Input):
    """What is to be done about an item; its kind says which choices there are."""

    choice: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]
    note: Note = ""


class ReplayInput(Input):
    """Which dead letters: of one org or all, those with a text in their cause, those of some returns."""

    org: Id | None = None
    cause: Annotated[str, Field(max_length=200), AfterValidator(clean)] = ""
    return_ids: list[ReturnId] = Field(default_factory=list, max_length=500)
    patience_seconds: Annotated[int, Field(ge=1, le=60, strict=True)] = 20


class RehearsalInput(Input):
    """The returns to look at; none named means the newest."""

    return_ids: list[ReturnId] = Field(default_factory=list, max_length=200)
    limit: Annotated[int, Field(ge=1, le=200, strict=True)] = 20
