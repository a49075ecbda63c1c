"""Changes that were asked of a return."""

from __future__ import annotations

from typing import TypedDict


class AskedChange(TypedDict):
    """`request_id` is derived from what was asked where (org, record, field, event): told twice, it is one request."""

    request_id: str
    kind: str
    value: str
    source: str
    by: str
    at: str


class Change(TypedDict):
    """A request and what became of it so far. `answered_at` is None while it is pending."""

    request: AskedChange
    status: str
    sentence: str
    answered_at: str | None


class WaitsFor(TypedDict):
    """The hold that somebody decides for it."""

    hold_id: str
    owner: str


class ChangeAsked(TypedDict):
    """A request, what became of it so far, and what waits for a person because of it."""

    request: AskedChange
    status: str
    sentence: str
    answered_at: str | None
    waits_for: WaitsFor | None


class Note(TypedDict):
    request_id: str
    text: str


class ChangeAnswer(TypedDict):
    """What became of a request. `sentence` says what happens now or why not, in words an agent can pass on."""

    request_id: str
    kind: str
    status: str
    sentence: str
    at: str
