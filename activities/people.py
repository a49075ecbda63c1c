"""What a CRM tells of its contacts, taken into the cross-reference: who they are is found as they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.crm.port import People, Scalar
from store.port import Parties


@dataclass(frozen=True, slots=True)
class Intake:
    """Where the contacts of one org are taken in, and how they say who they are."""

    parties: Parties
    people: People


async def take_in(
    parties: Parties, people: People, org: str, record: str, fields: Mapping[str, Scalar], seen_at: datetime | None
) -> str:
    """The party of a contact that lives. `fields` are all of `people.person_fields` as the record stands: what is left
    out counts as empty. Told twice, or with nothing new, it changes nothing."""
    whose = await parties.standing(people.person(org, record, fields), org, seen_at)
    return whose.party
