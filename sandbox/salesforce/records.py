"""The org's records: create, change, upsert and delete, with every check done before anything is written."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.errors import ManyMatches, Refusal, no_such_type, not_found
from sandbox.salesforce.ids import USER_ID, canonical, make
from sandbox.salesforce.objects import OBJECTS, find_type
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field, Record, SObject
from sandbox.salesforce.values import stored, timestamp
from sandbox.world import World


class Records:
    """All records of the org. Every method raises Refusal in the platform's words; a refused call wrote nothing."""

    def __init__(self, world: World, org: Org) -> None:
        self._world, self._org = world, org

    def type_of(self, name: str) -> SObject | None:
        """The object type, unless it does not exist or the org has no licence for it."""
        found = find_type(name)
        return found if found is not None and self._org.licensed(found.licence) else None

    def all(self, of: SObject) -> list[Record]:
        return self._world.books.all(f"salesforce.{of.name}")

    def by_id(self, of: SObject, given: str) -> Record:
        found = canonical(given)
        record = self._world.books.get(f"salesforce.{of.name}", found) if found else None
        if record is None:
            raise not_found("Provided external ID field does not exist or is not accessible: " + given)
        if record["IsDeleted"]:
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
        return record

    def anywhere(self, given: str) -> tuple[SObject, Record]:
        """The record with this id, whatever its type: the first three characters tell the type."""
        of = next((each for each in OBJECTS if each.prefix == given[:3] and self.type_of(each.name)), None)
        if of is None:
            raise Refusal("MALFORMED_ID", f"malformed id {given}")
        return of, self.by_id(of, given)

    def by_key(self, of: SObject, key: str, value: str) -> Record | None:
        """The record with this external id, None when there is none; more than one is ManyMatches."""
        field = self.key_field(of, key)
        found = self._world.books.find(f"salesforce.{of.name}", **{field.name: value, "IsDeleted": False})
        if len(found) > 1:
            raise ManyMatches([f"/services/data/v60.0/sobjects/{of.name}/{record['Id']}" for record in found])
        return found[0] if found else None

    def with_keys(self, of: SObject, field: Field, values: list[Any]) -> list[Record]:
        found = [
            self._world.books.find(f"salesforce.{of.name}", **{field.name: value}) for value in dict.fromkeys(values)
        ]
        return [record for records in found for record in records]

    def key_field(self, of: SObject, key: str) -> Field:
        field = of.field(key)
        if field is None or not field.external_id:
            raise not_found(f"Provided external ID field does not exist or is not accessible: {key}")
        return field

    def create(self, of: SObject, body: Record) -> Record:
        changes = self._accepted(of, body, new=True)
        now, number = timestamp(self._world.clock.now()), self._world.books.next_number(f"salesforce.{of.name}")
        record: Record = {field.name: field.default for field in of.fields}
        record |= changes
        record |= {"Id": make(of.prefix, number), "IsDeleted": False, "CreatedDate": now, "CreatedById": USER_ID}
        if of.number:
            record[of.number] = f"{number:08d}"
        self._check(of, None, record)
        return self._write(of, record, now)

    def update(self, of: SObject, before: Record, body: Record) -> Record:
        self._org.lock(f"{of.name} {before['Id']}")
        after = before | self._accepted(of, body)
        self._check(of, before, after)
        return self._write(of, after, timestamp(self._world.clock.now()))

    def upsert(
        self, of: SObject, key: str, value: str, body: Record, *, update_only: bool = False
    ) -> tuple[Record, bool]:
        """(record, created). ManyMatches, and nothing written, when several records carry the key."""
        field = self.key_field(of, key)
        before = self.by_key(of, key, value)
        if before is not None:
            return self.update(of, before, body), False
        if update_only:
            raise not_found()
        return self.create(of, {**body, field.name: value}), True

    def delete(self, of: SObject, record: Record) -> None:
        self._write(of, record | {"IsDeleted": True}, timestamp(self._world.clock.now()))

    def _write(self, of: SObject, record: Record, now: str) -> Record:
        record |= {"LastModifiedDate": now, "LastModifiedById": USER_ID, "SystemModstamp": now}
        _derive(of, record)
        self._world.books.put(f"salesforce.{of.name}", record["Id"], record)
        return record

    def _accepted(self, of: SObject, body: Record, *, new: bool = False) -> Record:
        """The body's fields by their true names and as stored; `Account: {key: value}` is resolved to AccountId."""
        changes: Record = {}
        for name, value in body.items():
            if name == "attributes":
                continue
            field = of.field(name)
            if field is None and isinstance(value, dict) and (lookup := of.lookup(name)) is not None:
                changes[lookup.name] = self._parent_by_key(lookup, value)
                continue
            if field is None:
                raise Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {of.name}")
            if field.read_only or (field.fixed and not new):
                message = (
                    f"Unable to create/update fields: {field.name}. Please check the security settings of this field"
                )
                raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, [field.name])
            changes[field.name] = stored(field, value)
        return changes

    def _parent_by_key(self, lookup: Field, given: Record) -> str:
        parent = self.type_of(lookup.parent)
        keys = [key for key in given if key != "attributes"]
        if parent is None or len(keys) != 1:
            raise Refusal("INVALID_FIELD", f"a foreign key external ID names exactly one field of {lookup.parent}")
        found = self.by_key(parent, keys[0], str(given[keys[0]]))
        if found is None:
            message = f"Foreign key external ID: {given[keys[0]]} not found for field {keys[0]} in entity {parent.name}"
            raise Refusal("INVALID_FIELD", message)
        return str(found["Id"])

    def _check(self, of: SObject, before: Record | None, after: Record) -> None:
        missing = [field.name for field in of.fields if field.required and after.get(field.name) is None]
        if missing:
            raise Refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
        for field in of.fields:
            changed = before is None or before.get(field.name) != after.get(field.name)
            if changed and after.get(field.name) is not None:
                self._check_parent(field, after[field.name])
                self._check_unique(of, field, after)
        for rule in of.rules:
            rule(before, after)
        self._org.check_activated(of.name, before, after)

    def _check_parent(self, field: Field, value: Any) -> None:
        parent = find_type(field.parent) if field.parent else None
        if parent is not None and self._world.books.get(f"salesforce.{parent.name}", value) is None:
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])

    def _check_unique(self, of: SObject, field: Field, after: Record) -> None:
        if not field.external_id:
            return
        others = self._world.books.find(f"salesforce.{of.name}", **{field.name: after[field.name], "IsDeleted": False})
        for other in others:
            if other["Id"] != after["Id"]:
                message = f"duplicate value found: {field.name} duplicates value on record with id: {other['Id'][:15]}"
                raise Refusal("DUPLICATE_VALUE", message, [field.name])


def known_type(records: Records, name: str) -> SObject:
    """The type a record inside a body names; unknown or unlicensed types are refused by name."""
    found = records.type_of(name)
    if found is None:
        raise no_such_type(name)
    return found


def _derive(of: SObject, record: Record) -> None:
    """Fields the platform works out itself."""
    if of.name == "Case":
        record["IsClosed"] = record["Status"] == "Closed"
    elif of.name == "Contact":
        record["Name"] = " ".join(part for part in (record["FirstName"], record["LastName"]) if part)
    elif of.name == "ReturnOrder":
        activated = record["Status"] in ("Submitted", "Approved")
        record["StatusCategory"] = "Activated" if activated else record["Status"]
