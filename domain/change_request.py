"""A change somebody asks of a return from outside: an edit in a CRM, accepted or refused by the return's own rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RequestKind(StrEnum):
    REASON = "reason"
    """Another reason for all lines. `value` is a domain.returns.Reason."""
    PARTIAL_REFUND = "partial_refund"
    """The customer is content with a part. `value` is a decimal amount and a currency: '12.50 EUR'."""
    CANCELLATION = "cancellation"
    """Take the return back. `value` is empty."""
    NOTE = "note"
    """Something to be known: a text that may hold personal data, and stays out of histories and logs."""


class RequestStatus(StrEnum):
    PENDING = "pending"
    """A person decides; the answer follows."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """`request_id` is derived from what was asked where (org, record, field, event): told twice, it is one request.
    `source` is 'crm:<org>' or who else asked; `by` is the CRM's user id, never a name. `value` is as the kind says; of
    a note it is empty here, and kept by the store under the request's id."""

    request_id: str
    kind: RequestKind
    value: str
    source: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request. `sentence` says what happens now or why not, in words an agent can pass on."""

    request_id: str
    kind: RequestKind
    status: RequestStatus
    sentence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestState:
    """A request and what became of it so far. `answered_at` is None while it is pending."""

    request: ChangeRequest
    status: RequestStatus
    sentence: str
    answered_at: datetime | None = None

    @property
    def pending(self) -> bool:
        return self.status is RequestStatus.PENDING

    @property
    def answered(self) -> Answered:
        ask = self.request
        return Answered(ask.request_id, ask.kind, self.status, self.sentence, self.answered_at or ask.at)


def worth_knowing(states: Iterable[RequestState]) -> tuple[RequestState, ...]:
    """Of a return's requests, in the order they came: those that are pending, and the newest of every source."""
    every = tuple(states)
    newest = {state.request.source: state.request.request_id for state in every}
    return tuple(state for state in every if state.pending or newest[state.request.source] == state.request.request_id)


def newest_of(states: tuple[RequestState, ...], source: str) -> RequestState | None:
    """The newest request of `source`, else the newest of anybody."""
    mine = [state for state in states if state.request.source == source]
    return next(reversed(mine or states), None)
