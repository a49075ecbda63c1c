"""A contact of an environment as a party: which of its columns say who it is, and whose key it carries."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.crm.dynamics.keys import original
from adapters.crm.dynamics.rows import CUSTOMER_KEY, GUEST
from adapters.crm.port import Scalar
from adapters.crm.wording import said
from domain.identity.record import CONTACT, PartyRecord, Ref, customer, in_crm

FIELDS = (CUSTOMER_KEY, "firstname", "lastname", "emailaddress1")


def person(org: str, record: str, fields: Mapping[str, Scalar]) -> PartyRecord:
    key, first, last, email = (said(fields, name) for name in FIELDS)
    return PartyRecord(
        in_crm(org, CONTACT, record),
        {"name": f"{first} {last}".strip(), "email": email},
        same_as=_whose(original(key)) if key else None,
    )


def _whose(key: str) -> Ref:
    """The inverse of rows.customer."""
    return customer("", key.removeprefix(GUEST)) if key.startswith(GUEST) else customer(key, "")
