"""sObject Rows: one record by id or by external id, under the conditions a client may set."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import changes, conditions, describe
from sandbox.salesforce.errors import ManyMatches, Refusal, not_found
from sandbox.salesforce.ids import canonical
from sandbox.salesforce.records import Records
from sandbox.salesforce.reply import Ask, Reply
from sandbox.salesforce.schema import Record, SObject

# The first version in which an upsert that changed a record has a body.
_UPSERT_TELLS = 46.0


def answer(records: Records, ask: Ask, version: str, steps: list[str]) -> Reply:
    """`steps` is the path after sobjects/, already unquoted, without empty parts."""
    if not steps:
        return Reply(200, describe.everything(records, version))
    of = records.type_of(steps[0])
    if of is None:
        raise not_found()
    if len(steps) == 1:
        if ask.method == "GET":
            return Reply(200, {"objectDescribe": describe.about(of, version), "recentItems": []})
        if ask.method == "POST":
            return created(records.create(of, document(ask.body)), of, version)
        raise _no_method()
    if len(steps) == 2 and steps[1] in ("describe", "updated", "deleted"):
        if ask.method != "GET":
            raise _no_method()
        if steps[1] == "describe":
            return Reply(200, describe.whole(records, of, version))
        return (changes.updated if steps[1] == "updated" else changes.deleted)(records, of, ask.query)
    if len(steps) == 2:
        return _existing(records, of, ask, version, records.by_id(of, steps[1]))
    if len(steps) == 3 and of.field(steps[1]) is None and canonical(steps[1]) is not None:
        return _related(records, of, ask, version, (steps[1], steps[2]))
    if len(steps) == 3:
        return _keyed(records, of, ask, version, (steps[1], steps[2]))
    raise not_found()


def created(record: Record, of: SObject, version: str) -> Reply:
    where = f"/services/data/{version}/sobjects/{of.name}/{record['Id']}"
    return Reply(201, {"id": record["Id"], "success": True, "errors": []}, {"Location": where})


def document(body: Any) -> Record:
    if not isinstance(body, dict):
        raise Refusal("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.")
    return body


def shown(records: Records, of: SObject, record: Record, version: str, wanted: list[str]) -> Record:
    """The fields asked for, all when none is named."""
    place = f"/services/data/{version}/sobjects/{of.name}/{record['Id']}"
    content: Record = {"attributes": {"type": of.name, "url": place}}
    for name in wanted or [field.name for field in of.fields]:
        field = of.field(name)
        if field is None:
            raise Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {of.name}")
        content[field.name] = records.value(record, field)
    return content


def names(listed: str) -> list[str]:
    return [part.strip() for part in listed.split(",") if part.strip()]


def _no_method() -> Refusal:
    return Refusal("METHOD_NOT_ALLOWED", "HTTP Method not allowed for this resource", status=405)


def _existing(records: Records, of: SObject, ask: Ask, version: str, record: Record) -> Reply:
    if ask.method not in ("GET", "PATCH", "DELETE"):
        raise _no_method()
    refusal = conditions.unmet(of, record, ask.method, ask.headers)
    if refusal is not None:
        return refusal
    if ask.method == "GET":
        content = shown(records, of, record, version, names(ask.query.get("fields", "")))
        return Reply(200, content, conditions.stamps(of, record))
    if ask.method == "PATCH":
        records.update(of, record, document(ask.body))
    else:
        records.delete(of, record)
    return Reply(204)


def _related(records: Records, of: SObject, ask: Ask, version: str, path: tuple[str, str]) -> Reply:
    """Over a relationship: the parent as if it had been asked for itself, or the list of the children."""
    record, name = records.by_id(of, path[0]), path[1]
    lookup = of.lookup(name)
    if lookup is not None:
        parent = records.parent(record, lookup)
        if parent is None:
            raise not_found()
        return _existing(records, parent[0], ask, version, parent[1])
    for child, field in records.relations(of):
        if child.known_as(field).lower() == name.lower() != "":
            if ask.method != "GET":
                raise _no_method()
            wanted = names(ask.query.get("fields", ""))
            found = records.children(child, field, record["Id"])
            listed = [shown(records, child, each, version, wanted) for each in found]
            return Reply(200, {"totalSize": len(listed), "done": True, "records": listed})
    raise not_found()


def _keyed(records: Records, of: SObject, ask: Ask, version: str, key: tuple[str, str]) -> Reply:
    """By external id: the platform treats `Id/{id}` as one too. More than one match answers 300 and changes nothing."""
    name, value = key
    if name.lower() == "id":
        return _existing(records, of, ask, version, records.by_id(of, value))
    try:
        record = records.by_key(of, name, value)
    except ManyMatches as matches:
        return Reply(300, matches.urls)
    if ask.method == "PATCH":
        return _upserted(records, of, ask, version, key, record)
    if record is None:
        raise not_found()
    return _existing(records, of, ask, version, record)


def _upserted(
    records: Records, of: SObject, ask: Ask, version: str, key: tuple[str, str], before: Record | None
) -> Reply:
    given = document(ask.body)
    if any(name.lower() == key[0].lower() for name in given):
        raise Refusal("INVALID_FIELD", f"The {key[0]} field should not be specified in the sobject data.", [key[0]])
    refusal = conditions.unmet(of, before, "PATCH", ask.headers) if before is not None else None
    if refusal is not None:
        return refusal
    update_only = ask.query.get("updateOnly", "").lower() == "true"
    record, new = records.upsert(of, key[0], key[1], given, update_only=update_only)
    if not new and float(version[1:]) < _UPSERT_TELLS:
        return Reply(204)
    body = {"id": record["Id"], "success": True, "errors": [], "created": new}
    return Reply(201 if new else 200, body, created(record, of, version).headers if new else {})
