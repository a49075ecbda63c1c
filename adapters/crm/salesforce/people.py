"""A contact of an org as a party: which of its fields say who it is, and whose number it carries."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.crm.port import Scalar
from adapters.crm.salesforce.records import CUSTOMER_KEY
from adapters.crm.wording import said
from domain.identity.record import CONTACT, PartyRecord, customer, in_crm

FIELDS = (CUSTOMER_KEY, "FirstName", "LastName", "Email")


def person(org: str, record: str, fields: Mapping[str, Scalar]) -> PartyRecord:
    key, first, last, email = (said(fields, name) for name in FIELDS)
    return PartyRecord(
        in_crm(org, CONTACT, record),
        {"name": f"{first} {last}".strip(), "email": email},
        same_as=customer(key, "") if key else None,
    )
