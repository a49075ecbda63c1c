"""What an sObject of the pretended org is made of: fields with kinds, limits and picklists, and rules over a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["id", "string", "textarea", "email", "picklist", "reference", "double", "boolean", "date", "datetime"]
Record = dict[str, Any]
# A rule gets the stored record before the change (None for a new one) and the record as it would be stored.
Rule = Callable[[Record | None, Record], None]


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `values` makes it a restricted picklist, `parent` a lookup to that object."""

    name: str
    kind: Kind = "string"
    length: int = 255
    required: bool = False
    values: tuple[str, ...] = ()
    default: Any = None
    parent: str = ""
    external_id: bool = False
    unique: bool = True
    """Of an external id: an administrator may leave this off, and then an upsert can meet several records."""
    read_only: bool = False
    fixed: bool = False
    """May be given on create and never in an update, not even with the same value."""
    cascade: bool = False
    """A lookup whose parent takes this record along when it is deleted, and back when it is undeleted."""

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def relationship(self) -> str:
        """The name that walks to the parent: AccountId -> Account, Return__c -> Return__r."""
        if not self.parent:
            return ""
        return self.name[:-1] + "r" if self.custom else self.name.removesuffix("Id")


@dataclass(frozen=True, slots=True)
class SObject:
    """One object type. `number` names its auto-number field; without `licence` in the org the type does not exist."""

    name: str
    label: str
    prefix: str
    fields: tuple[Field, ...]
    number: str = ""
    licence: str = ""
    rules: tuple[Rule, ...] = ()
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    """What the integration user may do with records of this type."""
    plural: str = ""
    """What parents call their records of this type, where it is not the name with an s."""

    @property
    def children(self) -> str:
        """The child relationship's name: Contacts, ReturnOrders, Returns__r."""
        return self.plural or f"{self.name}s"

    def known_as(self, lookup: Field) -> str:
        """What a parent calls these records; only the plain lookup has a name: MasterRecordId and such have none."""
        plain = lookup.name.removesuffix("Id").removesuffix("__c")
        usual = plain == lookup.parent.rstrip("0123456789") or plain == lookup.parent[:-1]
        return self.children if lookup.parent and usual else ""

    def field(self, name: str) -> Field | None:
        """Field names are matched without regard to case, as the platform does."""
        wanted = name.lower()
        return next((each for each in self.fields if each.name.lower() == wanted), None)

    def lookup(self, relationship: str) -> Field | None:
        wanted = relationship.lower()
        return next((each for each in self.fields if each.relationship.lower() == wanted != ""), None)


SYSTEM_FIELDS = (
    Field("Id", "id", 18, read_only=True),
    Field("IsDeleted", "boolean", read_only=True, default=False),
    Field("CreatedDate", "datetime", read_only=True),
    Field("CreatedById", "reference", 18, read_only=True),
    Field("LastModifiedDate", "datetime", read_only=True),
    Field("LastModifiedById", "reference", 18, read_only=True),
    Field("SystemModstamp", "datetime", read_only=True),
)
# ISO 4217 codes an administrator switched on; any other is refused as a bad picklist value.
CURRENCIES = (
    *("AED", "ARS", "AUD", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP"),
    *("HKD", "HUF", "IDR", "ILS", "INR", "IQD", "ISK", "JOD", "JPY", "KRW", "KWD", "LYD", "MAD", "MXN", "MYR", "NOK"),
    *("NZD", "OMR", "PHP", "PLN", "PYG", "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD", "UAH"),
    *("USD", "VND", "XAF", "XOF", "ZAR"),
)


def currency(default: str = "EUR") -> Field:
    """Every record of a multi-currency org says its currency; only the org's active currencies are accepted."""
    return Field("CurrencyIsoCode", "picklist", 3, values=CURRENCIES, default=default)


def reference(name: str, parent: str, *, required: bool = False, fixed: bool = False, cascade: bool = False) -> Field:
    return Field(name, "reference", 18, required=required, parent=parent, fixed=fixed, cascade=cascade)


def master_record(of: str) -> Field:
    """Which record a deleted one was merged into."""
    return Field("MasterRecordId", "reference", 18, parent=of, read_only=True)


def number(name: str, *, read_only: bool = False) -> Field:
    return Field(name, "double", read_only=read_only)
