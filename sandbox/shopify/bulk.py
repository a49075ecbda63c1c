"""Bulk operations: started, polled, cancelled; a query's rows as JSONL, a mutation run for each row of a file.

The work is done when the operation starts; its states then pass with the time, so that a client has to poll.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from graphql import DocumentNode, OperationDefinitionNode

from sandbox.shopify import bulk_rows, events
from sandbox.shopify.gids import Whole, gid, node, number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.search import Terms
from sandbox.shopify.shop import Doc, Shop

# (document, variables, operation name, context) -> (data, errors)
Execute = Callable[..., tuple[Any, list[dict[str, Any]]]]

TERMS: Terms = {
    "id": lambda one: one["id"],
    "status": lambda one: one["status"],
    "operation_type": lambda one: one["type"],
    "created_at": lambda one: one["at"],
}
_AT_ONCE = 5
_URL_LIFE = timedelta(days=7)
_DONE = ("COMPLETED", "FAILED", "CANCELED", "EXPIRED")


def run_query(shop: Shop, execute: Execute, query: str, group: bool) -> Doc:
    document = bulk_rows.checked(query)
    _room(shop, "QUERY")
    data, errors = execute(document, {}, None, Whole())
    rows = bulk_rows.flattened(document, data, group) if not errors else []
    return _started(shop, "QUERY", query, rows, sum(1 for row in rows if "__parentId" not in row), errors)


def run_mutation(shop: Shop, execute: Execute, mutation: str, path: str) -> Doc:
    document = bulk_rows.checked_mutation(mutation)
    upload = shop.books.get("shopify.upload", path)
    if upload is None or upload["body"] is None:
        reason = (
            "The JSONL file could not be found. Try uploading the file again, and check that you've entered the URL "
            "correctly for the stagedUploadPath mutation argument."
        )
        raise Refusal(reason, "NO_SUCH_FILE")
    _room(shop, "MUTATION")
    lines = [line for line in upload["body"].splitlines() if line.strip()]
    rows = [_row(execute, document, line, place) for place, line in enumerate(lines)]
    return _started(shop, "MUTATION", mutation, rows, len(rows), [])


def cancel(shop: Shop, reference: str) -> Doc:
    known = shop.books.get("shopify.bulk", str(number_of("BulkOperation", reference)))
    if known is None:
        raise Refusal("Bulk operation does not exist", None, "id")
    status = present(shop, known)["status"]
    if status in _DONE:
        raise Refusal(f"A bulk operation cannot be canceled when it is {status.lower()}", None)
    shop.save("bulk", {**known, "cancelled_at": shop.now().isoformat()})
    return {**known, "cancelled_at": shop.now().isoformat()}


def present(shop: Shop, doc: Doc) -> Doc:
    """The operation as it stands now: its status follows the clock."""
    now, start = shop.now(), datetime.fromisoformat(doc["started_at"])
    pace = timedelta(seconds=doc["seconds"])
    if doc["cancelled_at"]:
        ended = now - datetime.fromisoformat(doc["cancelled_at"]) >= pace / 2
        return {**doc, "status": "CANCELED" if ended else "CANCELING"}
    if now - start >= pace:
        if now - start - pace > _URL_LIFE:
            return {**doc, "status": "EXPIRED"}
        return {**doc, "status": "FAILED" if doc["failed"] else "COMPLETED"}
    return {**doc, "status": "RUNNING" if now - start >= pace / 2 else "CREATED"}


def view(shop: Shop, doc: Doc) -> dict[str, Any]:
    doc = present(shop, doc)
    done = doc["status"] in ("COMPLETED", "EXPIRED")
    served = doc["status"] == "COMPLETED" and doc["objects"] > 0
    ended = doc["status"] in _DONE
    return node(
        "BulkOperation",
        doc["id"],
        status=doc["status"],
        type=doc["type"],
        errorCode=doc["failed"] if doc["status"] == "FAILED" else None,
        createdAt=doc["at"],
        completedAt=doc["completed_at"] if ended else None,
        objectCount=doc["objects"] if done else 0,
        rootObjectCount=doc["roots"] if done else 0,
        fileSize=len(doc["rows"].encode()) if served else None,
        url=f"{shop.world.url('shopify')}/bulk-operation-outputs/{doc['key']}-final" if served else None,
        partialDataUrl=None,
        query=doc["query"],
    )


def pace(shop: Shop, seconds: float) -> None:
    """How long an operation takes from now on."""
    shop.books.put("shopify.bulkPace", "pace", {"seconds": seconds})


def _row(execute: Execute, document: DocumentNode, line: str, place: int) -> Doc:
    from sandbox.shopify.variables import invalid

    try:
        variables = json.loads(line)
    except ValueError:
        variables = None
    if not isinstance(variables, dict):
        return {"errors": [{"message": "Invalid JSON."}], "__lineNumber": place}
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    problems = invalid(operation, variables)
    if problems:
        return {"errors": problems, "__lineNumber": place}
    data, errors = execute(document, variables, None)
    return {"data": data, **({"errors": errors} if errors else {}), "__lineNumber": place}


def _room(shop: Shop, kind: str) -> None:
    busy = [
        one
        for one in shop.books.find("shopify.bulk", type=kind)
        if present(shop, one)["status"] in ("CREATED", "RUNNING", "CANCELING")
    ]
    if len(busy) >= _AT_ONCE:
        listed = ", ".join(gid("BulkOperation", one["id"]) for one in busy)
        reason = f"A bulk {kind.lower()} operation for this app and shop is already in progress: {listed}."
        raise Refusal(reason, "OPERATION_IN_PROGRESS")


def _started(shop: Shop, kind: str, query: str, rows: list[Doc], roots: int, errors: list[dict[str, Any]]) -> Doc:
    number = shop.number("bulk", 77_000_000_001)
    seconds = (shop.books.get("shopify.bulkPace", "pace") or {"seconds": 0.1})["seconds"]
    denied = any(one["extensions"]["code"] == "ACCESS_DENIED" for one in errors)
    done = (shop.now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    doc = {
        "id": number,
        "key": f"{number:x}{shop.world.seed:04x}",
        "type": kind,
        "query": query,
        "at": shop.stamp(),
        "started_at": shop.now().isoformat(),
        "completed_at": done,
        "cancelled_at": None,
        "seconds": seconds,
        "failed": ("ACCESS_DENIED" if denied else "INTERNAL_SERVER_ERROR") if errors else None,
        "objects": len(rows),
        "roots": roots,
        "rows": "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows),
    }
    shop.save("bulk", doc)
    shop.save("bulkKey", {"id": doc["key"], "operation": number})
    events.bulk_finished(shop, doc, after=seconds)
    return doc
