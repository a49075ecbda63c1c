"""Batch and tree: up to 25 subrequests that know nothing of each other; records with their children in one call."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.composite import Run
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.records import Records, known_type
from sandbox.salesforce.reply import Reply, RolledBack
from sandbox.salesforce.schema import Field, Record, SObject

_MOST_REQUESTS, _MOST_RECORDS, _MOST_DEPTH = 25, 200, 5


def batch(run: Run, body: Any) -> Reply:
    """Each as if it had come alone; with haltOnError those after a failure are not tried."""
    asked = body.get("batchRequests") if isinstance(body, dict) else None
    if not isinstance(asked, list) or not 0 < len(asked) <= _MOST_REQUESTS:
        raise Refusal("INVALID_BATCH_REQUEST", f"batchRequests must hold between 1 and {_MOST_REQUESTS} subrequests.")
    halted = Refusal("BATCH_PROCESSING_HALTED", "Batch processing halted per request").as_body()
    told: list[dict[str, Any]] = []
    for each in asked:
        failed = any(entry["statusCode"] >= 400 for entry in told)
        if failed and body.get("haltOnError"):
            told.append({"statusCode": 412, "result": halted})
            continue
        try:
            url = str(each.get("url")).lstrip("/")
            target = f"/{url}" if url.startswith("services/") else f"/services/data/{url}"
            reply = run(str(each.get("method", "GET")), target, each.get("richInput"), {})
        except Refusal as refusal:
            reply = Reply(refusal.status, refusal.as_body())
        told.append({"statusCode": reply.status, "result": reply.body})
    return Reply(200, {"hasErrors": any(entry["statusCode"] >= 400 for entry in told), "results": told})


def tree(records: Records, name: str, body: Any) -> Reply:
    """All or none; every record names itself by a referenceId of its own."""
    given = body.get("records") if isinstance(body, dict) else None
    if not isinstance(given, list) or not given:
        raise Refusal("INVALID_INPUT", "The request body must contain a list of records.")
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    of = known_type(records, name)
    for record in given:
        _plant(records, of, record, None, results, errors)
    if len(results) + len(errors) > _MOST_RECORDS:
        raise Refusal("INVALID_INPUT", f"A request holds at most {_MOST_RECORDS} records.")
    if errors:
        raise RolledBack(Reply(400, {"hasErrors": True, "results": errors}))
    return Reply(201, {"hasErrors": False, "results": results})


def _plant(
    records: Records,
    of: SObject,
    record: Any,
    parent: tuple[Field, str] | None,
    results: list[dict[str, Any]],
    errors: list[dict[str, Any]],
    depth: int = 1,
) -> None:
    """One record, then what hangs on it."""
    attributes = record.get("attributes") if isinstance(record, dict) else None
    name = attributes.get("referenceId") if isinstance(attributes, dict) else None
    if not name or name in {each["referenceId"] for each in (*results, *errors)} or depth > _MOST_DEPTH:
        raise Refusal("INVALID_INPUT", f"every record needs a referenceId of its own, {_MOST_DEPTH} levels at most")
    branches = {key: value for key, value in record.items() if isinstance(value, dict) and "records" in value}
    fields: Record = {key: value for key, value in record.items() if key not in branches}
    try:
        if parent is not None:
            fields[parent[0].name] = parent[1]
        ident = str(records.create(of, fields)["Id"])
    except Refusal as refusal:
        errors.append({"referenceId": name, "errors": [refusal.as_item()]})
        return
    results.append({"referenceId": name, "id": ident})
    for key, value in branches.items():
        found = [(child, field) for child, field in records.relations(of) if child.known_as(field) == key]
        if not found:
            raise Refusal("INVALID_FIELD", f"No such relation '{key}' on sobject of type {of.name}")
        child, lookup = found[0]
        for each in value["records"]:
            _plant(records, child, each, (lookup, ident), results, errors, depth + 1)
