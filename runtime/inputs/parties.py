"""What the stewards of identities say."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from runtime.inputs.fields import Id, Input, Why, clean
from runtime.inputs.people import DisclosureInput


class WhyInput(Input):
    """Kept beside the decision. No names: it is never erased."""

    why: Why


class MergeInput(WhyInput):
    """Two parties by their ids; `keep` survives."""

    keep: Id
    other: Id


class PartyDisclosureInput(DisclosureInput):
    """A party by its id, or by one of its records."""

    party: Id | None = None
    record: Annotated[str, Field(max_length=200), AfterValidator(clean)] | None = None
