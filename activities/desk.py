"""The door to the returns themselves, for what is asked of them in a CRM."""

from __future__ import annotations

from typing import Protocol

from domain.change_request import Answered, ChangeRequest


class ReturnDesk(Protocol):
    async def ask(self, return_id: str, request: ChangeRequest, note: str = "") -> Answered:
        """The return's answer, the same for the same request. `note` is the text of a note.

        Raises Retryable when it could not be asked now, a Refusal when there is no such return."""
        ...
