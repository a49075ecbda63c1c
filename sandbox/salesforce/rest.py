"""The versioned REST API: from an HTTP request to the resource that answers it, inside one transaction."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce import composite, rows, soql
from sandbox.salesforce.auth import Sessions
from sandbox.salesforce.collections import Collections
from sandbox.salesforce.errors import Refusal, limit_exceeded, not_found
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records
from sandbox.salesforce.reply import Reply, RolledBack
from sandbox.world import World

VERSIONS = tuple(f"v{number}.0" for number in range(60, 68))
_PAGE = 2000


class Rest:
    def __init__(self, world: World, org: Org, sessions: Sessions) -> None:
        self._world, self._org, self._sessions = world, org, sessions
        self._records = Records(world, org)
        self._collections = Collections(self._records, org)

    async def serve(self, request: Request) -> Response:
        """Session, daily limit, then the resource. Also refused calls count, except those without a session."""
        raw = await request.body()
        try:
            self._sessions.check(request)
        except Refusal as refusal:
            return refusal.as_response()
        if self._org.exhausted():
            return limit_exceeded()
        target = request.scope["raw_path"].decode() + "?" + request.scope["query_string"].decode()
        reply = self._transact(request.method, target, raw)
        headers = reply.headers | {"Sforce-Limit-Info": self._org.limit_info()}
        if reply.status == 204:
            return Response(status_code=204, headers=headers)
        return JSONResponse(reply.body, status_code=reply.status, headers=headers)

    async def versions(self, request: Request) -> Response:
        known = [{"label": "Sandbox", "url": f"/services/data/{each}", "version": each[1:]} for each in VERSIONS]
        return JSONResponse(known)

    def _transact(self, method: str, target: str, raw: bytes) -> Reply:
        try:
            with self._world.books.transaction():
                self._org.count_call()
                try:
                    return self._run(method, target, json.loads(raw) if raw.strip() else None)
                except Refusal as refusal:
                    return Reply(refusal.status, refusal.as_body())
                except ValueError as error:
                    return Reply(400, Refusal("JSON_PARSER_ERROR", f"Unexpected input: {error}").as_body())
        except RolledBack as undone:
            with self._world.books.transaction():
                self._org.count_call()
                self._org.change({"locked_writes": undone.locked_writes})
            return undone.reply

    def _run(self, method: str, target: str, body: Any) -> Reply:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        steps = [unquote(step) for step in parts.path.split("/") if step]
        if steps[:2] != ["services", "data"] or len(steps) < 3 or steps[2] not in VERSIONS:
            raise not_found()
        version, steps = steps[2], steps[3:]
        if not steps:
            names = ("sobjects", "query", "queryAll", "limits", "composite")
            return Reply(200, {name: f"/services/data/{version}/{name}" for name in names})
        if steps[0] == "sobjects":
            return rows.answer(self._records, method, version, steps[1:], query, body)
        if steps[0] in ("query", "queryAll") and method == "GET":
            return self._query(version, steps, query)
        if steps[0] == "limits" and method == "GET":
            most = int(self._org.settings()["daily_limit"])
            return Reply(200, {"DailyApiRequests": {"Max": most, "Remaining": max(0, most - self._org.used())}})
        if steps[0] == "composite" and len(steps) == 1 and method == "POST":
            return composite.answer(self._sub, self._org, body)
        if steps[:2] == ["composite", "sobjects"]:
            return self._collections.answer(method, steps[2:], query, body)
        raise not_found()

    def _sub(self, method: str, url: str, body: Any) -> Reply:
        """A subrequest: a composite request inside another is refused."""
        if urlsplit(url).path.rstrip("/").endswith("/composite"):
            raise Refusal("INVALID_INPUT", "a composite request cannot be a subrequest")
        return self._run(method, url, body)

    def _query(self, version: str, steps: list[str], query: dict[str, str]) -> Reply:
        """A query, or a further page of one: the cursor carries the query itself, so it survives a restart."""
        start, text = 0, query.get("q", "")
        if len(steps) == 2:
            cursor = self._world.books.get("salesforce.cursor", steps[1].rpartition("-")[0])
            if cursor is None:
                raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
            start, text = int(steps[1].rpartition("-")[2]), cursor["query"]
        found, total = soql.answer(self._records, text, version, deleted_too=steps[0] == "queryAll")
        page = found[start : start + _PAGE]
        done = start + _PAGE >= len(found)
        body: dict[str, Any] = {"totalSize": total, "done": done, "records": page}
        if not done:
            name = steps[1].rpartition("-")[0] if len(steps) == 2 else self._cursor(text)
            body["nextRecordsUrl"] = f"/services/data/{version}/{steps[0]}/{name}-{start + _PAGE}"
        return Reply(200, body)

    def _cursor(self, text: str) -> str:
        name = f"01gBH{self._world.books.next_number('salesforce.cursor'):010d}"
        self._world.books.put("salesforce.cursor", name, {"query": text})
        return name
