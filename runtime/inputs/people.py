"""What is said about a person: a disclosure, an erasure, the end of their sessions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from runtime.inputs.fields import Email, Id, Input, Key, Name, Why, clean


class EndSessionsInput(Input):
    person: Name
    why: Why


class DisclosureInput(Input):
    reason: Why


class PersonInput(Input):
    """Who is meant, by one of both, and why it is asked: that is kept, so no names in it."""

    customer_id: Id | None = None
    email: Email | None = None
    why: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(clean)]


class ErasureInput(PersonInput):
    idempotency_key: Key
