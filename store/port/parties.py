"""Parties: records come in and are told whose they are; the same record twice is the same party."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.identity.record import PartyRecord, Ref
from store.port.links import Live


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose record it is. `link` is the record's own number in the cross-reference, `live` what stands for the party in
    the org that was asked about."""

    party: str
    link: int
    live: Live


class Parties(Protocol):
    async def standing(self, record: PartyRecord, org: str, seen_at: datetime | None = None) -> Standing:
        """Take the record in, match it when it is new or says something new, and answer whose it is.

        `seen_at`: when the record was seen alive, which revives one that was taken for deleted before. Nothing is
        matched without a key (BACKHAUL_IDENTITY__KEY), nor after the party was forgotten."""
        ...

    async def forget(self, ref: Ref, by: str, why: str) -> int:
        """Erase all that is known of the record's party but ids and codes; answers of how many records.

        What stays is the mark that its records and its mailboxes are not to be taken in again."""
        ...
