"""A record of a party in some system: what names it for ever, and what is known of the party it stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.identity.party import FIELDS

_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
# One vendor names a set of records by its plural, and the letters of a name are not told apart by either.
_SINGULAR = {"contacts": "contact", "accounts": "account"}
CRM, SHOP = "crm", "shop"
CONTACT, ACCOUNT, CUSTOMER, GUEST = "contact", "account", "customer", "guest"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A record's name: unique. `object` is lower case and singular, a GUID lower case and without braces."""

    system: str
    org: str
    object: str
    external_id: str

    def __post_init__(self) -> None:
        word = self.object.casefold()
        object.__setattr__(self, "object", _SINGULAR.get(word, word))
        if (guid := _GUID.fullmatch(self.external_id)) is not None:
            object.__setattr__(self, "external_id", guid[1].lower())

    def __str__(self) -> str:
        return f"{self.org}:{self.object}:{self.external_id}"

    @property
    def source(self) -> tuple[str, str, str]:
        """Where a party is meant to be once."""
        return self.system, self.org, self.object


def in_crm(org: str, of: str, record: str) -> Ref:
    return Ref(CRM, org, of, record)


def customer(customer_id: str, order_id: str) -> Ref:
    """A customer of the shop; a guest, whom the shop gave no number, is known by the order."""
    return Ref(SHOP, SHOP, CUSTOMER, customer_id) if customer_id else Ref(SHOP, SHOP, GUEST, order_id)


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """`fields` are those of domain.identity.party, personal and never logged. `same_as`: the record itself carries the
    other's verified id, such as the shop's customer number on a contact. `orders` and `loyalty` tie records of other
    systems to it."""

    ref: Ref
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    same_as: Ref | None = None
    orders: tuple[str, ...] = ()
    loyalty: str = ""

    def known(self) -> PartyRecord:
        """With the fields that can be compared and say something only."""
        told = {name: self.fields[name].strip() for name in FIELDS if self.fields.get(name, "").strip()}
        return replace(self, fields=told, orders=tuple(sorted(set(self.orders))))
