"""The Web API v9.2 for one request: tables, rows, properties, messages and what the environment says of its tables."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics import bulk, deep, metadata, privileges, query, select
from sandbox.dynamics.address import PREFIX, Address, parse, relative, written_key
from sandbox.dynamics.environment import Environment
from sandbox.dynamics.errors import Fault, bad_request, no_such_resource
from sandbox.dynamics.files import Files
from sandbox.dynamics.messages import Messages
from sandbox.dynamics.metadata.csdl import csdl
from sandbox.dynamics.metadata.writing import Writing
from sandbox.dynamics.properties import Properties
from sandbox.dynamics.query import Annotations, changes
from sandbox.dynamics.reply import Ask, Reply
from sandbox.dynamics.rows import Rows, etag
from sandbox.dynamics.schema import Row, Table
from sandbox.dynamics.users import USER, acting
from sandbox.dynamics.webhooks import Webhooks
from sandbox.world import World

_MOST_A_PAGE = 5000


class WebApi:
    def __init__(self, world: World, environment: Environment, webhooks: Webhooks) -> None:
        self._world, self._environment = world, environment
        self.rows = Rows(world, environment, webhooks)

    def answer(self, ask: Ask) -> Reply:
        """Raises Fault; the caller decides what a fault undoes."""
        self.rows.ask, self.rows.user = ask, acting(ask)
        try:
            return self._answer(ask)
        finally:
            # What is seeded later is nobody's request.
            self.rows.ask, self.rows.user = Ask(), USER

    def _answer(self, ask: Ask) -> Reply:
        path = relative(ask.target)
        if path == "$metadata" and ask.method == "GET":
            return Reply(
                200, csdl(self.rows.catalogue, self._environment.licensed), {"Content-Type": "application/xml"}
            )
        if not path and ask.method == "GET":
            return Reply(200, self._service_document())
        writing = Writing(self._world.books, self.rows, self._base)
        tenant = self._world.credentials.dynamics.tenant
        reply = Messages(self.rows, writing, self._base, tenant).answer(ask)
        if reply is not None:
            return reply
        address = parse(path)
        if address.entity_set in metadata.SETS:
            if ask.method != "GET":
                return writing.answer(address, ask)
            given, licensed = query.raw(ask.target), self._environment.licensed
            return Reply(200, metadata.answer(self.rows.catalogue, address, given, self._base, licensed))
        table = self.rows.table(address.entity_set)
        if address.guid or address.key:
            if table.name == "systemuser" and ask.method == "GET" and privileges.asked("/".join(address.rest)):
                self.rows.get(table, address)
                return Reply(200, privileges.held(self._world.books, self.rows.catalogue.tables()))
            if address.rest:
                files = Files(self._world, self.rows, self._base)
                return Properties(self.rows, files, self._base).answer(table, address, ask)
            return self._row(table, address, ask)
        if address.rest == ("$count",):
            return self._count(table, query.raw(ask.target))
        if address.rest and (action := bulk.name_of(address.rest[0])) and ask.method == "POST":
            return bulk.answer(self.rows, table, action, ask.body)
        if address.rest:
            raise no_such_resource(address.rest[0])
        return self._table(table, ask)

    @property
    def _base(self) -> str:
        return f"{self._world.url('dynamics')}{PREFIX}"

    def _service_document(self) -> dict[str, Any]:
        tables = [table for table in self.rows.catalogue.tables() if self._environment.licensed(table.licence)]
        sets = [{"name": table.entity_set, "kind": "EntitySet", "url": table.entity_set} for table in tables]
        return {"@odata.context": f"{self._base}$metadata", "value": sets}

    def _table(self, table: Table, ask: Ask) -> Reply:
        if ask.method == "GET":
            return self._query(table, ask)
        if ask.method == "POST":
            row = deep.create(self.rows, table, document(ask.body))
            return self._written(table, row, Address(table.entity_set, row[table.id]), ask, 201)
        raise _not_allowed(ask.method, table.entity_set)

    def _query(self, table: Table, ask: Ask) -> Reply:
        given, base, notes = query.raw(ask.target), f"{self._base}{table.entity_set}", _annotations(ask)
        wish = ask.prefers("odata.maxpagesize") or ""
        page = min(int(wish), _MOST_A_PAGE) if wish.isdecimal() and int(wish) else _MOST_A_PAGE
        applied = [f"odata.maxpagesize={page}"] if wish else []
        applied += [f'odata.include-annotations="{notes.wish}"'] if notes.wish else []
        tracking = ask.prefers("odata.track-changes") is not None
        if tracking or "$deltatoken" in given:
            privileges.require_whole(self._world.books, table)
            days = float(self._environment.settings()["change_tracking_days"])
            body = changes.answer(self.rows, table, given, base, page, notes, days)
            applied += ["odata.track-changes"] if tracking else []
        elif "fetchXml" in given:
            body = select.fetched(self.rows, table, given, base, notes)
        elif "sql" in given:
            body = select.selected(self.rows, table, given, base, page, notes)
        elif "$apply" in given:
            body = select.applied(self.rows, table, given, base, notes)
        else:
            body = query.answer(self.rows, table, given, base, page, notes)
        return Reply(200, body, {"Preference-Applied": ",".join(applied)} if applied else {})

    def _count(self, table: Table, given: dict[str, str]) -> Reply:
        if "$deltatoken" in given:
            days = float(self._environment.settings()["change_tracking_days"])
            return Reply(200, changes.count(self.rows, table, given["$deltatoken"], days))
        return Reply(200, query.count(self.rows, table, given))

    def _row(self, table: Table, address: Address, ask: Ask) -> Reply:
        if ask.method == "GET":
            row = self.rows.get(table, address)
            shown = self._shown(table, row, ask)
            whole = not _annotations(ask).wish and "$expand" not in query.raw(ask.target)
            if whole and ask.if_none_match and ask.if_none_match == etag(row):
                return Reply(304, headers={"ETag": etag(row)})
            return Reply(200, shown, {"ETag": etag(row)})
        if ask.method == "PATCH":
            row, created = self.rows.upsert(table, address, document(ask.body), ask.if_match, ask.if_none_match)
            return self._written(table, row, address, ask, 201 if created else 200)
        if ask.method == "DELETE":
            self.rows.delete(table, self.rows.get(table, address), ask.if_match)
            return Reply(204)
        raise _not_allowed(ask.method, "a row")

    def _written(self, table: Table, row: Row, address: Address, ask: Ask, status: int) -> Reply:
        """204 with the address (an alternate key is echoed as it was given), or the row when it was asked for."""
        inside = address.guid or written_key(address.key)
        headers = {"OData-EntityId": f"{self._base}{table.entity_set}({inside})"}
        if ask.prefers("return") == "representation":
            headers |= {"Preference-Applied": "return=representation", "ETag": etag(row)}
            return Reply(status, self._shown(table, row, ask), headers)
        return Reply(204, headers=headers)

    def _shown(self, table: Table, row: Row, ask: Ask) -> Row:
        asked = query.options(self.rows.catalogue, table, query.raw(ask.target))
        context = {"@odata.context": f"{query.context(f'{self._base}{table.entity_set}', table, asked)}/$entity"}
        return context | query.shape(self.rows, table, row, asked, _annotations(ask))


def document(body: Any) -> Row:
    if not isinstance(body, dict):
        raise bad_request("An error occurred while reading the request body: an object was expected.")
    return body


def _annotations(ask: Ask) -> Annotations:
    return Annotations(ask.prefers("odata.include-annotations") or "")


def _not_allowed(method: str, what: str) -> Fault:
    return Fault(405, "0x8006088a", f"The method {method} is not allowed on {what}.")
