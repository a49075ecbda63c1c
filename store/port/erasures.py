"""Requests to erase a person: who is meant, what was erased where, and what may never be taken in again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.errors import Refusal
from domain.identity.record import Ref


class ErasureState(StrEnum):
    WAITING = "waiting"
    """Returns of the person are still open; see `waits_for`."""
    ERASING = "erasing"
    DONE = "done"
    INCOMPLETE = "incomplete"
    """A part could not be erased: its sentence says why. Everything else was."""
    WITHDRAWN = "withdrawn"


class Erased(Refusal):
    """Whose return it was has been erased: nothing is shown, sent or kept of them again."""

    code = "erased"


@dataclass(frozen=True, slots=True)
class Subject:
    """A person by ids only: their returns, those returns' orders, and their rows in the cross-reference with the CRMs'
    records among them."""

    returns: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    links: tuple[int, ...] = ()
    records: tuple[Ref, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.returns or self.links)


@dataclass(frozen=True, slots=True)
class Part:
    """One place and what was done there. `what` counts or names, by ids; `refused` says why it is not done."""

    name: str
    what: Mapping[str, str]
    refused: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """One request, and its receipt once it is done. Nothing in it is personal but what `why` says, which is kept as
    written. `answer_by`: when the person is to have an answer."""

    request_id: str
    by: str
    why: str
    asked_at: datetime
    answer_by: datetime
    state: ErasureState = ErasureState.WAITING
    subject: Subject = field(default_factory=Subject)
    waits_for: tuple[str, ...] = ()
    ended_at: datetime | None = None
    parts: tuple[Part, ...] = ()


class Erasures(Protocol):
    async def find(self, customer_id: str, email: str, orders: tuple[str, ...] = ()) -> Subject:
        """Everything that is known to be of the customer with this number, or of whoever has this mailbox or these
        orders; with all that identity resolution says is the same party. Empty when nobody is."""
        ...

    async def ask(self, erasure: Erasure) -> Erasure:
        """Write the request down; one with its id that is there already is answered instead."""
        ...

    async def get(self, request_id: str) -> Erasure | None: ...

    async def listed(self) -> tuple[Erasure, ...]:
        """Newest first."""
        ...

    async def looked(self, request_id: str) -> Erasure | None:
        """As `get`, with what came to be the person's since they asked; it is fixed once anything was erased."""
        ...

    async def move(
        self, request_id: str, state: ErasureState, waits_for: tuple[str, ...] = (), by: str = "backhaul"
    ) -> None:
        """What is done stays so, and only what waits can be withdrawn or goes on waiting. The audit is told."""
        ...

    async def erase(self, request_id: str) -> Mapping[str, int]:
        """Everything personal in these books, in one transaction, and the marks that keep it from coming back. Answers
        how many rows of what. Done twice, it changes nothing and counts nothing. Commitments in the audit can no longer
        be told from any others; its chains still verify."""
        ...

    async def note(self, request_id: str, part: Part) -> None:
        """What was done in one place; the newest word of a place counts."""
        ...
