"""sObject Collections: up to 200 records in one call, each with its own result, or all or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.salesforce.errors import ManyMatches, Refusal, not_found
from sandbox.salesforce.ids import canonical
from sandbox.salesforce.records import Records, known_type, taken_by
from sandbox.salesforce.reply import Ask, Reply, RolledBack
from sandbox.salesforce.rows import names, shown
from sandbox.salesforce.schema import Record

_MOST_RECORDS = 200
_MOST_RETRIEVED = 2000
_MOST_CHUNKS = 10
_HALTED = {
    "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "message": "Record rolled back because not all records were valid and all-or-none was set",
    "fields": [],
}
_Item = dict[str, Any]


class Collections:
    def __init__(self, records: Records) -> None:
        self._records = records

    def answer(self, ask: Ask, version: str, steps: list[str]) -> Reply:
        """`steps` is the path after composite/sobjects/."""
        if ask.method == "DELETE" and not steps:
            return self._deleted(names(ask.query.get("ids", "")), _said(ask.query.get("allOrNone")))
        if ask.method == "GET" and len(steps) == 1:
            return self._retrieve(steps[0], version, names(ask.query.get("ids", "")), ask.query.get("fields"))
        body = ask.body if isinstance(ask.body, dict) else {}
        if ask.method == "POST" and len(steps) == 1:
            return self._retrieve(steps[0], version, body.get("ids"), ",".join(body.get("fields") or []))
        if not isinstance(body.get("records"), list):
            raise Refusal("JSON_PARSER_ERROR", "The request body must contain a list of records.")
        given, all_or_none = body["records"], bool(body.get("allOrNone", False))
        if ask.method == "POST" and not steps:
            return self._each(given, self._create, all_or_none)
        if ask.method == "PATCH" and not steps:
            return self._each(given, self._update, all_or_none)
        if ask.method == "PATCH" and len(steps) == 2:
            return self._upsert(steps[0], steps[1], given, all_or_none)
        raise not_found()

    def _retrieve(self, name: str, version: str, ids: Any, fields: str | None) -> Reply:
        """Records in the order asked, null for one that is not there."""
        of = known_type(self._records, name)
        if not isinstance(ids, list) or not ids:
            raise Refusal("MISSING_ARGUMENT", "ids not specified")
        if not fields:
            raise Refusal("MISSING_ARGUMENT", "fields not specified")
        if len(ids) > _MOST_RETRIEVED:
            raise _too_many(_MOST_RETRIEVED)
        rows = [self._records.whatever(of, canonical(str(each)) or "") for each in ids]
        wanted = names(fields)
        return Reply(
            200,
            [
                shown(self._records, of, row, version, wanted) if row is not None and not row["IsDeleted"] else None
                for row in rows
            ],
        )

    def _upsert(self, name: str, key: str, given: list[Record], all_or_none: bool) -> Reply:
        of = self._records.type_of(name)
        if of is None:
            raise not_found()
        key_name = "Id" if key.lower() == "id" else self._records.key_field(of, key).name
        values = [_key_of(record, key_name) for record in given]

        def one(record: Record) -> _Item:
            if _type_name(record).lower() != of.name.lower():
                raise Refusal("INVALID_TYPE", f"every record must be of type {of.name}")
            value = _key_of(record, key_name)
            changes = {name: content for name, content in record.items() if name.lower() != key_name.lower()}
            if not value and key_name == "Id":
                stored, created = self._records.create(of, changes), True
                return {"id": stored["Id"], "success": True, "errors": [], "created": created}
            if not value:
                raise Refusal("MISSING_ARGUMENT", f"{key_name} not specified")
            if values.count(value) > 1:
                raise Refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [key_name])
            stored, created = self._records.upsert(of, key_name, str(value), changes)
            return {"id": stored["Id"], "success": True, "errors": [], "created": created}

        return self._each(given, one, all_or_none)

    def _create(self, record: Record) -> _Item:
        stored = self._records.create(known_type(self._records, _type_name(record)), record)
        return {"id": stored["Id"], "success": True, "errors": []}

    def _update(self, record: Record) -> _Item:
        of = known_type(self._records, _type_name(record))
        given = record.get("id") or record.get("Id")
        if not given:
            raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call")
        changes = {name: content for name, content in record.items() if name.lower() != "id"}
        stored = self._records.update(of, self._records.by_id(of, str(given)), changes)
        return {"id": stored["Id"], "success": True, "errors": []}

    def _deleted(self, given: list[str], all_or_none: bool) -> Reply:
        """A detail that stands in the list after its parent counts as deleted, though the parent took it along."""
        gone: set[str] = set()

        def one(each: str) -> _Item:
            of, found = self._records.anywhere(each)
            record = self._records.whatever(of, found)
            if record is None or taken_by(record) not in gone:
                record = self._records.by_id(of, found)
                self._records.delete(of, record)
            gone.add(found)
            return {"id": found, "success": True, "errors": []}

        return self._each(given, one, all_or_none)

    def _each(self, given: list[Any], one: Callable[[Any], _Item], all_or_none: bool) -> Reply:
        _check_size(given)
        items: list[_Item] = []
        for record in given:
            try:
                items.append(one(record))
            except Refusal as refusal:
                items.append({"success": False, "errors": [refusal.as_item()]})
            except ManyMatches:
                items.append(
                    {"success": False, "errors": [Refusal("DUPLICATE_EXTERNAL_ID", "more than one match").as_item()]}
                )
        if all_or_none and not all(item["success"] for item in items):
            halted = {"success": False, "errors": [_HALTED]}
            rolled_back = [halted if item["success"] else item for item in items]
            raise RolledBack(Reply(200, rolled_back))
        return Reply(200, items)


def _check_size(given: list[Any]) -> None:
    if not given or len(given) > _MOST_RECORDS:
        raise _too_many(_MOST_RECORDS)
    types = [_type_name(record) for record in given if isinstance(record, dict)]
    chunks = sum(1 for at, name in enumerate(types) if at == 0 or name != types[at - 1])
    if chunks > _MOST_CHUNKS:
        raise Refusal("CANNOT_EXECUTE_MORE_THAN_10_CHUNKS", "Cannot have more than 10 chunks in a single operation.")


def _type_name(record: Any) -> str:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise Refusal("INVALID_INPUT", "Include an entity type in your request.")
    return name


def _key_of(record: Any, key: str) -> Any:
    given = record if isinstance(record, dict) else {}
    return next((value for name, value in given.items() if name.lower() == key.lower()), None)


def _too_many(most: int) -> Refusal:
    return Refusal("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {most} records in this call")


def _said(flag: str | None) -> bool:
    return (flag or "").lower() == "true"
