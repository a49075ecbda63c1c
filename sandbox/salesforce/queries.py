"""query, queryAll and their further pages: batches of the size asked for, under a cursor that lasts two days."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.records import Records
from sandbox.salesforce.reply import Reply
from sandbox.salesforce.soql import Selection
from sandbox.world import World

_SMALLEST, _LARGEST = 200, 2000
_LIFE = timedelta(days=2)
_LOCATOR = re.compile(r"(01g\w{15})-(\d+)")
_KIND = "salesforce.cursor"


def answer(
    world: World, records: Records, version: str, steps: list[str], query: dict[str, str], batch_size: int
) -> Reply:
    """`steps` is the path from query or queryAll on."""
    if len(steps) > 1:
        return _more(world, records, version, steps[0], steps[1])
    if "q" not in query:
        raise Refusal("MALFORMED_QUERY", "The query parameter q must hold a query.")
    chosen = Selection(records, query["q"])
    deleted_too = steps[0] == "queryAll"
    if chosen.is_grouped:
        told = chosen.grouped(deleted_too=deleted_too)
        if len(told) > _LARGEST:
            raise Refusal("EXCEEDED_ID_LIMIT", "Aggregate query does not support queryMore(), use LIMIT to restrict it")
        return Reply(200, {"totalSize": len(told), "done": True, "records": told})
    rows = chosen.find(deleted_too=deleted_too)
    if chosen.query.count:
        return Reply(200, {"totalSize": len(rows), "done": True, "records": []})
    body: dict[str, Any] = {"totalSize": len(rows), "done": len(rows) <= batch_size}
    if not body["done"]:
        cursor = {"query": query["q"], "ids": [row["Id"] for row in rows], "size": batch_size}
        body["nextRecordsUrl"] = f"/services/data/{version}/{steps[0]}/{_opened(world, cursor)}-{batch_size}"
    return Reply(200, body | {"records": [chosen.shape(row, version) for row in rows[:batch_size]]})


def batch_size(header: str) -> int:
    """`Sforce-Query-Options: batchSize=500`; the platform moves a wish outside of 200 to 2,000 to the nearer end."""
    match = re.search(r"batchSize\s*=\s*(\d+)", header, re.IGNORECASE)
    return min(_LARGEST, max(_SMALLEST, int(match[1]))) if match else _LARGEST


def _more(world: World, records: Records, version: str, resource: str, locator: str) -> Reply:
    """The cursor keeps the ids found at first, so pages neither overlap nor skip while records change."""
    match = _LOCATOR.fullmatch(locator)
    cursor = world.books.get(_KIND, match[1]) if match else None
    if match is None or cursor is None or world.clock.now() - datetime.fromisoformat(cursor["opened"]) > _LIFE:
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
    start, end = int(match[2]), int(match[2]) + int(cursor["size"])
    chosen = Selection(records, cursor["query"])
    found = [records.whatever(chosen.of, each) for each in cursor["ids"][start:end]]
    rows = [chosen.shape(row, version) for row in found if row is not None]
    body: dict[str, Any] = {"totalSize": len(cursor["ids"]), "done": end >= len(cursor["ids"])}
    if not body["done"]:
        body["nextRecordsUrl"] = f"/services/data/{version}/{resource}/{match[1]}-{end}"
    return Reply(200, body | {"records": rows})


def _opened(world: World, cursor: dict[str, Any]) -> str:
    name = f"01gBH0000{world.books.next_number(_KIND):09d}"
    world.books.put(_KIND, name, cursor | {"opened": world.clock.now().isoformat()})
    return name
