"""Persons' requests about their data."""

from __future__ import annotations

from typing import TypedDict


class RecordRef(TypedDict):
    """A record's name: unique. `object` is lower case and singular, a GUID lower case and without braces."""

    system: str
    org: str
    object: str
    external_id: str


class ErasureSubject(TypedDict):
    """A person by ids only: their returns, those returns' orders, and their rows in the cross-reference with the CRMs'
    records among them."""

    returns: list[str]
    orders: list[str]
    links: list[int]
    records: list[RecordRef]


class ErasedPart(TypedDict):
    """One place and what was done there. `what` counts or names, by ids; `refused` says why it is not done."""

    name: str
    what: dict[str, str]
    refused: str
    at: str | None


class Erasure(TypedDict):
    """One request, and its receipt once it is done. Nothing in it is personal but what `why` says, which is kept as
    written. `answer_by`: when the person is to have an answer."""

    request_id: str
    by: str
    why: str
    asked_at: str
    answer_by: str
    state: str
    subject: ErasureSubject
    waits_for: list[str]
    ended_at: str | None
    parts: list[ErasedPart]
