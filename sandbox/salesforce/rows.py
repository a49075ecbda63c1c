"""sObject Rows: one record by id or by external id, and what an object type says about itself."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.errors import ManyMatches, Refusal, not_found
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.records import Records
from sandbox.salesforce.reply import Reply
from sandbox.salesforce.schema import Field, Record, SObject

_XSD = {"double": "xsd:double", "boolean": "xsd:boolean", "date": "xsd:date", "datetime": "xsd:dateTime"}


def answer(records: Records, method: str, version: str, steps: list[str], query: dict[str, str], body: Any) -> Reply:
    """`steps` is the path after sobjects/, already unquoted, without empty parts."""
    if not steps:
        known = [each for each in OBJECTS if records.type_of(each.name)]
        return Reply(
            200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_about(each, version) for each in known]}
        )
    of = records.type_of(steps[0])
    if of is None:
        raise not_found()
    if len(steps) == 1:
        if method == "GET":
            return Reply(200, {"objectDescribe": _about(of, version), "recentItems": []})
        if method == "POST":
            return created(records.create(of, document(body)), of, version)
        raise _no_method()
    if len(steps) == 2 and steps[1] == "describe":
        return Reply(200, _about(of, version) | {"fields": [_describe(field) for field in of.fields]})
    if len(steps) == 2:
        return _existing(records, of, method, version, records.by_id(of, steps[1]), query, body)
    if len(steps) == 3:
        return _keyed(records, of, method, version, (steps[1], steps[2]), query, body)
    raise not_found()


def created(record: Record, of: SObject, version: str) -> Reply:
    where = f"/services/data/{version}/sobjects/{of.name}/{record['Id']}"
    return Reply(201, {"id": record["Id"], "success": True, "errors": []}, {"Location": where})


def document(body: Any) -> Record:
    if not isinstance(body, dict):
        raise Refusal("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.")
    return body


def _no_method() -> Refusal:
    return Refusal("METHOD_NOT_ALLOWED", "HTTP Method not allowed for this resource", status=405)


def _existing(
    records: Records, of: SObject, method: str, version: str, record: Record, query: dict[str, str], body: Any
) -> Reply:
    if method == "GET":
        return Reply(200, _shown(of, record, version, query.get("fields", "")))
    if method == "PATCH":
        records.update(of, record, document(body))
        return Reply(204)
    if method == "DELETE":
        records.delete(of, record)
        return Reply(204)
    raise _no_method()


def _keyed(
    records: Records, of: SObject, method: str, version: str, key: tuple[str, str], query: dict[str, str], body: Any
) -> Reply:
    """By external id: the platform treats `Id/{id}` as one too. More than one match answers 300 and changes nothing."""
    name, value = key
    if name.lower() == "id":
        return _existing(records, of, method, version, records.by_id(of, value), query, body)
    if method == "PATCH":
        return _upserted(records, of, version, key, query, body)
    try:
        record = records.by_key(of, name, value)
    except ManyMatches as matches:
        return Reply(300, matches.urls)
    if record is None:
        raise not_found()
    return _existing(records, of, method, version, record, query, body)


def _upserted(
    records: Records, of: SObject, version: str, key: tuple[str, str], query: dict[str, str], body: Any
) -> Reply:
    changes = document(body)
    if any(name.lower() == key[0].lower() for name in changes):
        raise Refusal("INVALID_FIELD", f"The {key[0]} field should not be specified in the sobject data.", [key[0]])
    update_only = query.get("updateOnly", "").lower() == "true"
    try:
        record, new = records.upsert(of, key[0], key[1], changes, update_only=update_only)
    except ManyMatches as matches:
        return Reply(300, matches.urls)
    body = {"id": record["Id"], "success": True, "errors": [], "created": new}
    return Reply(201 if new else 200, body, created(record, of, version).headers if new else {})


def _shown(of: SObject, record: Record, version: str, wanted: str) -> Record:
    shown: Record = {
        "attributes": {"type": of.name, "url": f"/services/data/{version}/sobjects/{of.name}/{record['Id']}"}
    }
    for name in [part.strip() for part in wanted.split(",") if part.strip()] or [field.name for field in of.fields]:
        field = of.field(name)
        if field is None:
            raise Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {of.name}")
        shown[field.name] = record.get(field.name)
    return shown


def _about(of: SObject, version: str) -> dict[str, Any]:
    place = f"/services/data/{version}/sobjects/{of.name}"
    urls = {"sobject": place, "describe": f"{place}/describe", "rowTemplate": f"{place}/{{ID}}"}
    able = dict.fromkeys(("createable", "updateable", "deletable", "queryable", "retrieveable"), True)
    return {
        "name": of.name,
        "label": of.label,
        "keyPrefix": of.prefix,
        "custom": of.name.endswith("__c"),
        "urls": urls,
        **able,
    }


def _describe(field: Field) -> dict[str, Any]:
    values = [
        {"value": value, "label": value, "active": True, "defaultValue": value == field.default}
        for value in field.values
    ]
    return {
        "name": field.name,
        "label": field.name,
        "type": field.kind,
        "soapType": _XSD.get(field.kind, "xsd:string"),
        "length": field.length if field.kind not in _XSD else 0,
        "custom": field.custom,
        "externalId": field.external_id,
        "unique": field.external_id,
        "idLookup": field.external_id or field.name == "Id",
        "nillable": not field.required,
        "createable": not field.read_only,
        "updateable": not field.read_only and not field.fixed,
        "restrictedPicklist": bool(field.values),
        "picklistValues": values,
        "referenceTo": [field.parent] if field.parent else [],
        "relationshipName": field.relationship or None,
    }
