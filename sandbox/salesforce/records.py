"""The org's records: create, change, upsert, delete and undelete, with every check done before anything is written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce import record_types, tailoring
from sandbox.salesforce.duplicates import MATCHED_BY, Manners, refuse
from sandbox.salesforce.errors import ManyMatches, Refusal, no_such_type, not_found
from sandbox.salesforce.ids import USER_ID, canonical, make
from sandbox.salesforce.objects import OBJECTS, find_type
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field, Record, SObject
from sandbox.salesforce.values import stored, timestamp
from sandbox.world import World

RECYCLE_BIN = timedelta(days=15)
# Which record's deletion took this one along; not a field, so no client sees it.
_TAKEN_BY = "-deleted with"


class Records:
    """All records of the org. Every method raises Refusal in the platform's words; a refused call wrote nothing."""

    def __init__(self, world: World, org: Org, manners: Manners | None = None) -> None:
        self._world, self._org, self._manners = world, org, manners or Manners()

    def now(self) -> datetime:
        return self._world.clock.now()

    def type_of(self, name: str) -> SObject | None:
        """The object type, unless it does not exist or the org has no licence for it."""
        found = find_type(name)
        return self._org.typed(found) if found is not None and self._org.licensed(found.licence) else None

    def record_types(self, of: SObject) -> dict[str, Any]:
        return self._org.record_types(of)

    def all(self, of: SObject, *, deleted_too: bool = False) -> list[Record]:
        """Living records; with `deleted_too` also those the recycle bin still holds."""
        return [record for record in self._world.books.all(_kind(of)) if self._seen(record, deleted_too)]

    def committed(self, rows: list[Record]) -> list[Record]:
        """Those whose transaction has ended: what others see."""
        hidden = self._org.settings()["uncommitted"]
        return [row for row in rows if row["Id"] not in hidden] if hidden else rows

    def by_id(self, of: SObject, given: str) -> Record:
        found = canonical(given)
        record = self.whatever(of, found) if found else None
        if record is None:
            raise not_found("Provided external ID field does not exist or is not accessible: " + given)
        if record["IsDeleted"]:
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
        return record

    def whatever(self, of: SObject, found: str) -> Record | None:
        """The record with this eighteen-character id, deleted or not."""
        return self._world.books.get(_kind(of), found)

    def anywhere(self, given: str) -> tuple[SObject, str]:
        """(type, eighteen-character id) of an id of any type: its first three characters tell the type."""
        found = canonical(given)
        of = next((self.type_of(each.name) for each in OBJECTS if found and each.prefix == found[:3]), None)
        if of is None or found is None:
            raise Refusal("MALFORMED_ID", f"malformed id {given}")
        return of, found

    def by_key(self, of: SObject, key: str, value: str) -> Record | None:
        """The record with this external id, None when there is none; more than one is ManyMatches."""
        field = self.key_field(of, key)
        found = self.with_keys(of, field, [value])
        if len(found) > 1:
            raise ManyMatches([f"/services/data/v60.0/sobjects/{of.name}/{record['Id']}" for record in found])
        return found[0] if found else None

    def relations(self, of: SObject) -> list[tuple[SObject, Field]]:
        """(type, lookup) of everything that can point at a record of this type."""
        known = [found for each in OBJECTS if (found := self.type_of(each.name)) is not None]
        return [(child, field) for child in known for field in child.fields if field.parent == of.name]

    def children(self, of: SObject, lookup: Field, parent: str) -> list[Record]:
        """The living records whose lookup names this parent."""
        return self._world.books.find(_kind(of), **{lookup.name: parent, "IsDeleted": False})

    def with_keys(self, of: SObject, field: Field, values: list[Any], *, deleted_too: bool = False) -> list[Record]:
        found = [self._world.books.find(_kind(of), **{field.name: value}) for value in dict.fromkeys(values)]
        return [record for records in found for record in records if self._seen(record, deleted_too)]

    def key_field(self, of: SObject, key: str) -> Field:
        field = of.field(key)
        if field is None or not field.external_id:
            raise not_found(f"Provided external ID field does not exist or is not accessible: {key}")
        return field

    def parent(self, row: Record, lookup: Field) -> tuple[SObject, Record] | None:
        """Where a lookup leads; nowhere while the parent is deleted or the org has no licence for its type."""
        of, given = self.type_of(lookup.parent), row.get(lookup.name)
        found = self.whatever(of, given) if of is not None and given is not None else None
        # Merging shows where a deleted record went, whatever becomes of that one later.
        gone = found is None or (found["IsDeleted"] and lookup.name != "MasterRecordId")
        return None if of is None or found is None or gone else (of, found)

    def value(self, row: Record, field: Field) -> Any:
        """A field as clients see it: a lookup to a deleted record is empty, and filled again by its undeletion."""
        if field.parent and not field.cascade and find_type(field.parent) and self.parent(row, field) is None:
            return None
        return row.get(field.name)

    def create(self, of: SObject, body: Record) -> Record:
        tailoring.require(of, "createable")
        changes = self._accepted(of, body, new=True)
        now, number = timestamp(self.now()), self._world.books.next_number(f"salesforce.{of.name}")
        record: Record = {field.name: field.default for field in of.fields}
        record |= changes
        record |= {"Id": make(of.prefix, number), "IsDeleted": False, "CreatedDate": now, "CreatedById": USER_ID}
        if of.number:
            record[of.number] = f"{number:08d}"
        self._check(of, None, record)
        return self.write(of, record)

    def update(self, of: SObject, before: Record, body: Record) -> Record:
        tailoring.require(of, "updateable")
        keys = " ".join(str(before[field.name]) for field in of.fields if field.external_id)
        self._org.lock(f"{of.name} {before['Id']} {keys}")
        after = before | self._accepted(of, body)
        self._check(of, before, after)
        return self.write(of, after)

    def upsert(
        self, of: SObject, key: str, value: str, body: Record, *, update_only: bool = False
    ) -> tuple[Record, bool]:
        """(record, created). ManyMatches, and nothing written, when several records carry the key."""
        if key.lower() == "id":
            return self.update(of, self.by_id(of, value), body), False
        field = self.key_field(of, key)
        before = self.by_key(of, key, value)
        if before is not None:
            return self.update(of, before, body), False
        if update_only:
            raise not_found()
        return self.create(of, {**body, field.name: value}), True

    def delete(self, of: SObject, record: Record, **more: Any) -> None:
        """Into the recycle bin, with the records that live and die with it."""
        if not of.deletable:
            raise Refusal("INVALID_TYPE_FOR_OPERATION", f"entity type cannot be deleted: {of.label}")
        self.write(of, record | {"IsDeleted": True, **more})
        for child, field in cascading(of):
            for each in self._world.books.find(_kind(child), **{field.name: record["Id"], "IsDeleted": False}):
                self.delete(child, each, **{_TAKEN_BY: record["Id"]})

    def undelete(self, of: SObject, record: Record) -> None:
        """Out of the recycle bin, with what its deletion took along. A key taken meanwhile is refused."""
        after = record | {"IsDeleted": False}
        after.pop(_TAKEN_BY, None)
        if "MasterRecordId" in after:
            after["MasterRecordId"] = None
        for field in of.fields:
            self._check_unique(of, field, after)
        self.write(of, after)
        for child, field in cascading(of):
            for each in self._world.books.find(_kind(child), **{field.name: record["Id"], _TAKEN_BY: record["Id"]}):
                self.undelete(child, each)

    def purge(self, of: SObject, record: Record) -> None:
        """Out of the org for good. What was in the recycle bin leaves no change event: its deletion was one."""
        with self._world.books.transaction():
            self._org.changes.note(of, record, None)
            self._world.books.delete(_kind(of), record["Id"])
        for child, field in cascading(of):
            for each in self._world.books.find(_kind(child), **{field.name: record["Id"]}):
                self.purge(child, each)

    def write(self, of: SObject, record: Record) -> Record:
        """Store as it is, with the marks of a change; the checks are the caller's."""
        now = timestamp(self.now())
        record |= {"LastModifiedDate": now, "LastModifiedById": USER_ID, "SystemModstamp": now}
        _derive(of, record)
        with self._world.books.transaction():
            self._org.changes.note(of, self.whatever(of, record["Id"]), record)
            self._world.books.put(_kind(of), record["Id"], record)
        return record

    def _seen(self, record: Record, deleted_too: bool) -> bool:
        if not record["IsDeleted"]:
            return True
        return deleted_too and self.now() - datetime.fromisoformat(record["SystemModstamp"]) <= RECYCLE_BIN

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
        try:
            found = self.by_key(parent, keys[0], str(given[keys[0]]))
        except ManyMatches:
            message = f"More than one record found for external id field: {keys[0]}"
            raise Refusal("DUPLICATE_EXTERNAL_ID", message, [lookup.name]) from None
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
        record_types.require(of, self._org.record_types(of), after)
        self._org.check_activated(of.name, before, after)
        self._check_duplicates(of, before, after)

    def _check_parent(self, field: Field, value: Any) -> None:
        parent = find_type(field.parent) if field.parent else None
        found = self.whatever(parent, value) if parent is not None else None
        if parent is not None and found is None:
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])
        if found is not None and found["IsDeleted"]:
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted", [field.name])

    def _check_unique(self, of: SObject, field: Field, after: Record) -> None:
        if not (field.external_id and field.unique) or after.get(field.name) is None:
            return
        for other in self.with_keys(of, field, [after[field.name]]):
            if other["Id"] != after["Id"]:
                message = f"duplicate value found: {field.name} duplicates value on record with id: {other['Id'][:15]}"
                raise Refusal("DUPLICATE_VALUE", message, [field.name])

    def _check_duplicates(self, of: SObject, before: Record | None, after: Record) -> None:
        action, name = str(self._org.settings()["duplicate_rules"]), MATCHED_BY.get(of.name, "")
        wanted = after.get(name)
        if action == "off" or wanted is None or (before is not None and before.get(name) == wanted):
            return
        alike = [row for row in self.all(of) if (row.get(name) or "").casefold() == wanted.casefold()]
        refuse(of, [row for row in alike if row["Id"] != after["Id"]], action, self._manners)


def cascading(of: SObject) -> list[tuple[SObject, Field]]:
    return [(child, field) for child in OBJECTS for field in child.fields if field.cascade and field.parent == of.name]


def taken_by(record: Record) -> str | None:
    """The record whose deletion took this one along."""
    taker = record.get(_TAKEN_BY) if record["IsDeleted"] else None
    return None if taker is None else str(taker)


def known_type(records: Records, name: str) -> SObject:
    """The type a record inside a body names; unknown or unlicensed types are refused by name."""
    found = records.type_of(name)
    if found is None:
        raise no_such_type(name)
    return found


def _kind(of: SObject) -> str:
    return f"salesforce.{of.name}"


def _derive(of: SObject, record: Record) -> None:
    """Fields the platform works out itself."""
    if of.name == "Case":
        record["IsClosed"] = record["Status"] == "Closed"
    elif of.name == "Contact":
        record["Name"] = " ".join(part for part in (record["FirstName"], record["LastName"]) if part)
    elif of.name == "ReturnOrder":
        activated = record["Status"] in ("Submitted", "Approved")
        record["StatusCategory"] = "Activated" if activated else record["Status"]
