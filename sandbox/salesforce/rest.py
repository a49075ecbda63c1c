"""The versioned REST API: from an HTTP request to the resource that answers it, inside one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce import batches, composite, graph, limits, queries, record_types, rows, search
from sandbox.salesforce.auth import Sessions, identity_path
from sandbox.salesforce.bulk import Bulk
from sandbox.salesforce.collections import Collections
from sandbox.salesforce.duplicates import manners
from sandbox.salesforce.errors import Refusal, limit_exceeded, not_found
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Records
from sandbox.salesforce.reply import Ask, Reply, RolledBack
from sandbox.world import World

VERSIONS = tuple(f"v{number}.0" for number in range(31, 68))


class Rest:
    def __init__(self, world: World, org: Org, sessions: Sessions) -> None:
        self._world, self._org, self._sessions = world, org, sessions

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
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = self._transact(request.method, target, raw, headers)
        told = reply.headers | {"Sforce-Limit-Info": self._org.limit_info()}
        if reply.body is None:
            return Response(status_code=reply.status, headers=told)
        if reply.media != "application/json":
            return Response(reply.body, reply.status, told, reply.media)
        return JSONResponse(reply.body, status_code=reply.status, headers=told)

    async def versions(self, request: Request) -> Response:
        known = [{"label": "Sandbox", "url": f"/services/data/{each}", "version": each[1:]} for each in VERSIONS]
        return JSONResponse(known)

    def _transact(self, method: str, target: str, raw: bytes, headers: dict[str, str]) -> Reply:
        one = _Request(self._world, self._org, headers)
        try:
            with self._world.books.transaction():
                self._org.count_call()
                Bulk(self._world, self._org).catch_up()
            text = headers.get("content-type", "").startswith("text/csv")
            body = raw.decode("utf-8") if text else json.loads(raw) if raw.strip() else None
            if method == "POST" and urlsplit(target).path.rstrip("/").endswith("/composite/graph"):
                return self._graphs(one, body)
            return self._once(lambda: one.run(method, target, body, headers))
        except RolledBack as undone:
            return undone.reply
        except Refusal as refusal:
            return Reply(refusal.status, refusal.as_body())
        except ValueError as error:
            return Reply(400, Refusal("JSON_PARSER_ERROR", f"Unexpected input: {error}").as_body())

    def _once(self, work: Callable[[], Reply]) -> Reply:
        """One transaction. A refusal that ends a single request wrote nothing but the locks it met, which stay met."""
        self._org.begin()
        try:
            with self._world.books.transaction():
                return work()
        except (RolledBack, Refusal):
            with self._world.books.transaction():
                self._org.meet_again()
            raise

    def _graphs(self, one: _Request, body: Any) -> Reply:
        """Each graph commits by itself; when too many have failed the rest is not tried."""
        told: list[dict[str, Any]] = []
        for each in graph.graphs(body):
            if graph.too_many(sum(1 for known in told if not known["isSuccessful"])):
                told.append(graph.halted(each))
                continue
            try:
                told.append(self._once(partial(graph.answer, one.run, each)).body)
            except RolledBack as undone:
                told.append(undone.reply.body)
        return Reply(200, {"graphs": told})


class _Request:
    """One HTTP request with the headers that count for all its subrequests."""

    def __init__(self, world: World, org: Org, headers: dict[str, str]) -> None:
        self._world, self._org = world, org
        self._records = Records(world, org, manners(headers.get("sforce-duplicate-rule-header", "")))
        self._batch_size = queries.batch_size(headers.get("sforce-query-options", ""))

    def run(self, method: str, target: str, body: Any, headers: dict[str, str]) -> Reply:
        parts = urlsplit(target)
        ask = Ask(method, dict(parse_qsl(parts.query, keep_blank_values=True)), body, headers)
        steps = [unquote(step) for step in parts.path.split("/") if step]
        if steps[:2] != ["services", "data"] or len(steps) < 3 or steps[2] not in VERSIONS:
            raise not_found()
        # Documented for the record, query and bulk resources; of what composite resources do with it nothing is said.
        client = None if steps[3:4] == ["composite"] else ask.client
        with self._org.changes.made_by("rest", steps[2], client):
            return self._resource(ask, steps[2], steps[3:])

    def _resource(self, ask: Ask, version: str, steps: list[str]) -> Reply:
        method, body = ask.method, ask.body
        if not steps:
            names = ("sobjects", "query", "queryAll", "limits", "composite", "jobs", "search", "parameterizedSearch")
            resources = {name: f"/services/data/{version}/{name}" for name in names}
            return Reply(200, resources | {"identity": self._world.url("salesforce") + identity_path()})
        if steps[0] == "sobjects":
            return rows.answer(self._records, ask, version, steps[1:])
        if steps[0] in ("query", "queryAll") and method == "GET":
            return queries.answer(self._world, self._records, version, steps, ask.query, self._batch_size)
        if steps == ["limits"] and method == "GET":
            return Reply(200, limits.answer(self._org))
        if steps == ["limits", "recordCount"] and method == "GET":
            return Reply(200, limits.counted(self._records, rows.names(ask.query.get("sObjects", ""))))
        if steps in (["search"], ["parameterizedSearch"]):
            return search.answer(self._records, ask, version, steps[0])
        if steps[0] == "composite" and len(steps) == 1 and method == "POST":
            return composite.answer(self._sub, body)
        if steps == ["composite", "batch"] and method == "POST":
            return batches.batch(self._sub, body)
        if steps[:2] == ["composite", "tree"] and len(steps) == 3 and method == "POST":
            return batches.tree(self._records, steps[2], body)
        if steps[:2] == ["composite", "sobjects"]:
            return Collections(self._records).answer(ask, version, steps[2:])
        if steps[0] == "jobs" and len(steps) > 1:
            return Bulk(self._world, self._org).answer(ask, version, steps[1:])
        picklists = steps[:2] == ["ui-api", "object-info"] and len(steps) == 5 and steps[3] == "picklist-values"
        if picklists and method == "GET" and (of := self._records.type_of(steps[2])) is not None:
            return Reply(200, record_types.picklists(of, self._records.record_types(of), steps[4]))
        raise not_found()

    def _sub(self, method: str, url: str, body: Any, headers: dict[str, str]) -> Reply:
        """A subrequest: a composite request inside another is refused, and so is bulk work."""
        path = urlsplit(url).path.rstrip("/")
        if path.endswith(("/composite", "/composite/graph", "/composite/batch")) or "/jobs/" in path:
            raise Refusal("INVALID_INPUT", "this resource cannot be a subrequest of a composite request")
        return self.run(method, url, body, headers)
