"""What is held of a person: the answer to who asks for their own data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from store.port.erasures import Subject


class Holdings(Protocol):
    async def of(self, subject: Subject, by: str, why: str) -> Mapping[str, Any]:
        """Everything, as a document: contacts, returns with what happened to them, what was asked and noted, and what
        records of other systems say. That it was told, to whom and why, is in the audit with it."""
        ...
