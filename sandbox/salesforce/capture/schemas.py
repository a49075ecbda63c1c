"""The Avro schema of a type's change event: its fields in order, compound fields as records, and its fingerprint."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib
from dataclasses import dataclass
from typing import Any

from fastavro import parse_schema, schemaless_writer

from sandbox.salesforce.ids import make
from sandbox.salesforce.schema import Field, SObject
from sandbox.world import World

_KIND = "salesforce.eventschema"
CAPTURED = (
    *("Account", "Asset", "AssetWarranty", "Case", "Contact", "Order"),
    *("Return__c", "ReturnOrder", "ReturnOrderLineItem"),
)
CHANGE_TYPES = (
    *("CREATE", "UPDATE", "DELETE", "UNDELETE"),
    *("GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW", "SNAPSHOT"),
)
# An event says neither what is system bookkeeping nor what the platform derives from other records.
_LEFT_OUT = {"Id", "IsDeleted", "SystemModstamp", "MasterRecordId", "GrandTotalAmount", "TotalLineAmountWithTax"}
_STAMPS = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById")
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
# (type, compound field) -> (name of its record, prefix of the fields it is made of, its parts)
COMPOUNDS: dict[str, dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "Contact": {"Name": ("PersonName", "", ("Salutation", "FirstName", "LastName"))},
    "Order": {"ShippingAddress": ("Address", "Shipping", _ADDRESS)},
    "ReturnOrder": {"ShipFromAddress": ("Address", "ShipFrom", _ADDRESS)},
}
_KINDS = {
    "double": ("double", "Data:Double"),
    "boolean": ("boolean", "Data:Boolean"),
    "date": ("long", "Data:DateOnly"),
    "datetime": ("long", "Data:DateTime"),
    "reference": ("string", "ForeignKey:EntityId"),
    "picklist": ("string", "Data:DynamicEnum"),
    "email": ("string", "Data:Email"),
    "textarea": ("string", "Data:StringPlusClob"),
}
_TEXTS: dict[str, Any] = {"type": "array", "items": "string"}
_HEADER: dict[str, Any] = {
    "type": "record",
    "name": "ChangeEventHeader",
    "fields": [
        {"name": "entityName", "type": "string"},
        {"name": "recordIds", "type": _TEXTS},
        {"name": "changeType", "type": {"type": "enum", "name": "ChangeType", "symbols": list(CHANGE_TYPES)}},
        {"name": "changeOrigin", "type": "string"},
        {"name": "transactionKey", "type": "string"},
        {"name": "sequenceNumber", "type": "int"},
        {"name": "commitTimestamp", "type": "long"},
        {"name": "commitNumber", "type": "long"},
        {"name": "commitUser", "type": "string"},
        {"name": "nulledFields", "type": _TEXTS},
        {"name": "diffFields", "type": _TEXTS},
        {"name": "changedFields", "type": _TEXTS},
    ],
}


@dataclass(frozen=True, slots=True)
class EventSchema:
    """`places` says where a field of the record stands: (place, None), or inside a compound (its place, the part's).

    `members` are the names at these places, each with the record's fields it is made of. A schema that was only read
    from the books, to take old events apart, has neither."""

    id: str
    text: str
    parsed: Any
    places: dict[str, tuple[int, int | None]]
    members: dict[int, tuple[str, list[str]]]
    fields: dict[str, Field]

    def encoded(self, content: dict[str, Any]) -> bytes:
        """Avro binary; fields without a value are null, as the schema's defaults say."""
        written = io.BytesIO()
        schemaless_writer(written, self.parsed, content)
        return written.getvalue()


class Schemas:
    """Every schema an event was ever written with stays readable under its id, whatever became of the fields since."""

    def __init__(self, world: World) -> None:
        self._world = world
        # By identity, with the type to keep it: a type is far larger than what is asked of it with every change.
        self._of: dict[int, tuple[SObject, EventSchema]] = {}
        self._by_id: dict[str, EventSchema] = {}

    def of(self, of: SObject) -> EventSchema:
        known = self._of.get(id(of))
        if known is None:
            known = self._of[id(of)] = (of, self.keep(_document(of), of))
        return known[1]

    def keep(self, document: dict[str, Any], of: SObject | None = None) -> EventSchema:
        made = _schema(json.dumps(document, separators=(",", ":")), of)
        if self._world.books.get(_KIND, made.id) is None:
            self._world.books.put(_KIND, made.id, {"text": made.text})
        self._by_id[made.id] = made
        return made

    def forget(self) -> None:
        """The books were replaced: what is only remembered may not be in them."""
        self._of.clear()
        self._by_id.clear()

    def by_id(self, given: str) -> EventSchema | None:
        if given not in self._by_id:
            row = self._world.books.get(_KIND, given)
            if row is None:
                return None
            self._by_id[given] = _schema(str(row["text"]), None)
        return self._by_id[given]


def event_name(of: str) -> str:
    """Case -> CaseChangeEvent, Return__c -> Return__ChangeEvent."""
    return of[: -len("c")] + "ChangeEvent" if of.endswith("__c") else f"{of}ChangeEvent"


def members(of: SObject) -> dict[str, list[str]]:
    """The event's fields in order, each with the record's fields it is made of (several for a compound).

    Standard fields first, the stamps of creation and change behind them, then what an administrator added."""
    found: dict[str, list[str]] = {}
    parts = {
        prefix + part: compound for compound, (_, prefix, names) in COMPOUNDS.get(of.name, {}).items() for part in names
    }
    for field in of.fields:
        if field.name in parts:
            found.setdefault(parts[field.name], []).append(field.name)
        elif field.name in COMPOUNDS.get(of.name, {}):
            found.setdefault(field.name, [])
        elif field.name not in _LEFT_OUT and field.name not in _STAMPS and not field.custom:
            found[field.name] = [field.name]
    return found | {name: [name] for name in (*_STAMPS, *(each.name for each in of.fields if each.custom))}


def places(of: SObject) -> dict[str, tuple[int, int | None]]:
    known: dict[str, tuple[int, int | None]] = {}
    for at, (name, made_of) in enumerate(members(of).items(), start=1):
        compound = COMPOUNDS.get(of.name, {}).get(name)
        for field in made_of:
            known[field] = (at, None if compound is None else compound[2].index(field.removeprefix(compound[1])))
    return known


def _schema(text: str, of: SObject | None) -> EventSchema:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    name = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    parsed = parse_schema(json.loads(text))
    if of is None:
        return EventSchema(name, text, parsed, {}, {}, {})
    numbered = dict(enumerate(members(of).items(), start=1))
    return EventSchema(name, text, parsed, places(of), numbered, {field.name: field for field in of.fields})


def _document(of: SObject) -> dict[str, Any]:
    fields: list[dict[str, Any]] = [{"name": "ChangeEventHeader", "type": _HEADER, "doc": "Data:ComplexValueType"}]
    fields += [_member(of, name) for name in members(of)]
    return {"type": "record", "name": event_name(of.name), "namespace": "com.sforce.eventbus", "fields": fields}


def _member(of: SObject, name: str) -> dict[str, Any]:
    compound = COMPOUNDS.get(of.name, {}).get(name)
    if compound is not None:
        doc = "Data:PersonName" if compound[0] == "PersonName" else "Data:Address"
        return _nullable(name, [_record(compound[0], compound[2])], doc)
    if (of.name, name) == ("Account", "Name"):
        # A text, or the parts of a name where the org has person accounts.
        parts = _record("Switchable_PersonName", ("Salutation", "FirstName", "LastName"))
        return _nullable(name, ["string", parts], "Data:Switchable_PersonName")
    field = of.field(name)
    assert field is not None
    kind, doc = _kind(field)
    if field.custom:
        number = zlib.crc32(f"{of.name}.{field.name}".encode())
        doc = f"{doc}:{make('00N', number)[:15]}"
    return _nullable(name, [kind], doc)


def _kind(field: Field) -> tuple[str, str]:
    if field.name == "CreatedDate":
        return "long", "CreatedDate:DateTime"
    return _KINDS.get(field.kind, ("string", "Data:Text"))


def _record(name: str, parts: tuple[str, ...]) -> dict[str, Any]:
    kinds = {"Latitude": "double", "Longitude": "double"}
    fields = [{"name": part, "type": ["null", kinds.get(part, "string")], "default": None} for part in parts]
    return {"type": "record", "name": name, "fields": fields}


def _nullable(name: str, kinds: list[Any], doc: str) -> dict[str, Any]:
    return {"name": name, "type": ["null", *kinds], "doc": doc, "default": None}
