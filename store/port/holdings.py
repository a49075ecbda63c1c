"""What is held of a person: the answer to who asks for their own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from store.port.erasures import Subject


@dataclass(frozen=True, slots=True)
class Kept:
    """One table: how many of its rows are about the person, None where no row says whose it is; and what an erasure
    does there, or why it has nothing to do."""

    table: str
    rows: int | None
    erasure: str


class Holdings(Protocol):
    async def of(self, subject: Subject, by: str, why: str) -> Mapping[str, Any]:
        """Everything, as a document: contacts, returns with what happened to them, what was asked and noted, and what
        records of other systems say. That it was told, to whom and why, is in the audit with it."""
        ...

    async def kept(self, subject: Subject, by: str, why: str) -> tuple[Kept, ...]:
        """Every table there is, and no value out of any. That it was looked at is in the audit with it."""
        ...
