"""Requests for a change of a return, what became of them, and the text of notes, apart so that it can be erased."""

from __future__ import annotations

from typing import Protocol

from domain.change_request import RequestState


class Changes(Protocol):
    """Requests are written with the move that answers them (Returns.record)."""

    async def one(self, return_id: str, request_id: str) -> RequestState | None: ...

    async def of(self, return_id: str) -> tuple[RequestState, ...]:
        """Oldest first."""
        ...

    async def save_note(self, return_id: str, request_id: str, text: str) -> None:
        """Personal. The text that was first saved stays; a return that is not recorded yet has no notes. Raises Erased
        for one whose person was erased."""
        ...

    async def notes(self, return_id: str) -> dict[str, str]:
        """By request; those that were erased are missing."""
        ...
