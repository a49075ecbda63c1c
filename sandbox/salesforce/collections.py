"""sObject Collections: up to 200 records in one call, each with its own result, or all or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.salesforce.errors import ManyMatches, Refusal, not_found
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records, known_type
from sandbox.salesforce.reply import Reply, RolledBack
from sandbox.salesforce.schema import Record

_MOST_RECORDS = 200
_MOST_CHUNKS = 10
_HALTED = {
    "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "message": "Record rolled back because not all records were valid and all-or-none was set",
    "fields": [],
}
_Item = dict[str, Any]


class Collections:
    def __init__(self, records: Records, org: Org) -> None:
        self._records, self._org = records, org

    def answer(self, method: str, steps: list[str], query: dict[str, str], body: Any) -> Reply:
        """`steps` is the path after composite/sobjects/."""
        if method == "DELETE" and not steps:
            ids = [part for part in query.get("ids", "").split(",") if part]
            return self._each(ids, self._delete, query.get("allOrNone", "").lower() == "true")
        if not isinstance(body, dict) or not isinstance(body.get("records"), list):
            raise Refusal("JSON_PARSER_ERROR", "The request body must contain a list of records.")
        given, all_or_none = body["records"], bool(body.get("allOrNone", False))
        if method == "POST" and not steps:
            return self._each(given, self._create, all_or_none)
        if method == "PATCH" and not steps:
            return self._each(given, self._update, all_or_none)
        if method == "PATCH" and len(steps) == 2:
            return self._upsert(steps[0], steps[1], given, all_or_none)
        raise not_found()

    def _upsert(self, name: str, key: str, given: list[Record], all_or_none: bool) -> Reply:
        of = self._records.type_of(name)
        if of is None:
            raise not_found()
        field = self._records.key_field(of, key)
        values = [record.get(field.name) for record in given]

        def one(record: Record) -> _Item:
            if _type_name(record).lower() != of.name.lower():
                raise Refusal("INVALID_TYPE", f"every record must be of type {of.name}")
            value = record.get(field.name)
            if not value:
                raise Refusal("MISSING_ARGUMENT", f"{field.name} not specified")
            if values.count(value) > 1:
                raise Refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [field.name])
            changes = {name: content for name, content in record.items() if name != field.name}
            stored, created = self._records.upsert(of, field.name, str(value), changes)
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

    def _delete(self, given: str) -> _Item:
        of, record = self._records.anywhere(given)
        self._records.delete(of, record)
        return {"id": record["Id"], "success": True, "errors": []}

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
            raise RolledBack(Reply(200, rolled_back), int(self._org.settings()["locked_writes"]))
        return Reply(200, items)


def _check_size(given: list[Any]) -> None:
    if not given or len(given) > _MOST_RECORDS:
        raise Refusal(
            "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {_MOST_RECORDS} records in this call"
        )
    names = [_type_name(record) for record in given if isinstance(record, dict)]
    chunks = sum(1 for at, name in enumerate(names) if at == 0 or name != names[at - 1])
    if chunks > _MOST_CHUNKS:
        raise Refusal("CANNOT_EXECUTE_MORE_THAN_10_CHUNKS", "Cannot have more than 10 chunks in a single operation.")


def _type_name(record: Any) -> str:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise Refusal("INVALID_INPUT", "Include an entity type in your request.")
    return name
