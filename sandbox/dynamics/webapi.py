"""The Web API v9.2 for one request: tables, rows, actions and what the environment says about its tables."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from sandbox.dynamics import bulk, query
from sandbox.dynamics.address import PREFIX, Address, parse, relative
from sandbox.dynamics.environment import Environment
from sandbox.dynamics.errors import Fault, bad_request, invalid_argument, no_such_resource
from sandbox.dynamics.reply import Ask, Reply
from sandbox.dynamics.rows import USER, Rows, etag
from sandbox.dynamics.schema import Row, Table
from sandbox.dynamics.tables import find_table
from sandbox.world import World

_DEFINITIONS = "EntityDefinitions"
_ORGANIZATION = "5b5d3d5e-0d6b-4a64-9d0a-6f1f3f0f7a11"


class WebApi:
    def __init__(self, world: World, environment: Environment) -> None:
        self._world, self._environment = world, environment
        self.rows = Rows(world, environment)

    def answer(self, ask: Ask) -> Reply:
        """Raises Fault; the caller decides what a fault undoes."""
        path, options = relative(ask.target), dict(parse_qsl(ask.target.partition("?")[2], keep_blank_values=True))
        if path.startswith("WhoAmI"):
            ids = {"BusinessUnitId": _ORGANIZATION, "UserId": USER, "OrganizationId": _ORGANIZATION}
            return Reply(200, ids, {"x-ms-dop-hint": "4"})
        if path == "CloseIncident" and ask.method == "POST":
            return self._close_incident(ask.body)
        if path.startswith(_DEFINITIONS):
            return self._definition(path)
        address = parse(path)
        table = self.rows.table(address.entity_set)
        if address.guid or address.key:
            return self._row(table, address, ask, options)
        if address.rest == ("$count",):
            return Reply(200, len(self.rows.all(table)))
        if address.rest and (action := bulk.name_of(address.rest[0])) and ask.method == "POST":
            return bulk.answer(self.rows, table, action, ask.body)
        if address.rest:
            raise no_such_resource(address.rest[0])
        return self._table(table, ask, options)

    def _table(self, table: Table, ask: Ask, options: dict[str, str]) -> Reply:
        if ask.method == "GET":
            page = int(ask.prefers("odata.maxpagesize") or 5000)
            return Reply(200, query.answer(self.rows, table, options, self._url(table), page, _annotated(ask)))
        if ask.method == "POST":
            row = self.rows.create(table, document(ask.body))
            return self._written(table, row, Address(table.entity_set, row[table.id]), ask, 201, options)
        raise Fault(405, "0x8006088a", f"The method {ask.method} is not allowed on {table.entity_set}.")

    def _row(self, table: Table, address: Address, ask: Ask, options: dict[str, str]) -> Reply:
        if ask.method == "GET":
            row = self.rows.get(table, address)
            if ask.if_none_match and ask.if_none_match == etag(row) and not _annotated(ask):
                return Reply(304, headers={"ETag": etag(row)})
            shown = query.shape(table, row, options.get("$select", ""), annotated=_annotated(ask))
            return Reply(200, shown, {"ETag": etag(row)})
        if ask.method == "PATCH":
            changes = document(ask.body)
            row, created = self.rows.upsert(table, address, changes, ask.if_match, ask.if_none_match)
            return self._written(table, row, address, ask, 201 if created else 200, options)
        if ask.method == "DELETE":
            self.rows.delete(table, self.rows.get(table, address), ask.if_match)
            return Reply(204)
        raise Fault(405, "0x8006088a", f"The method {ask.method} is not allowed on a row.")

    def _written(
        self, table: Table, row: Row, address: Address, ask: Ask, status: int, options: dict[str, str]
    ) -> Reply:
        """204 with the address (an alternate key is echoed as it was given), or the row when it was asked for."""
        inside = address.guid or ",".join(f"{name}='{value}'" for name, value in address.key.items())
        headers = {"OData-EntityId": f"{self._url(table)}({inside})"}
        if ask.prefers("return") == "representation":
            headers |= {"Preference-Applied": "return=representation", "ETag": etag(row)}
            shown = query.shape(table, row, options.get("$select", ""), annotated=_annotated(ask))
            return Reply(status, shown, headers)
        return Reply(204, headers=headers)

    def _close_incident(self, body: Any) -> Reply:
        resolution = document(body).get("IncidentResolution") or {}
        target = resolution.get("incidentid@odata.bind")
        if not target or not resolution.get("subject"):
            raise invalid_argument("IncidentResolution needs a subject and incidentid@odata.bind.")
        table = self.rows.table("incidents")
        row = self.rows.get(table, parse(relative(str(target))))
        self.rows.resolve(table, row, int(body.get("Status", 5)))
        return Reply(204)

    def _definition(self, path: str) -> Reply:
        """EntityDefinitions(LogicalName='x'), and its alternate keys under /Keys."""
        address = parse(path)
        table = find_table(address.key.get("LogicalName", ""))
        if table is None or not self._environment.licensed(table.licence):
            message = f"Could not find an entity with name {address.key.get('LogicalName')}"
            raise Fault(404, "0x80060888", message)
        if address.rest == ("Keys",):
            keys = [
                {"SchemaName": name, "KeyAttributes": list(columns), "EntityKeyIndexStatus": "Active"}
                for name, columns in table.keys.items()
            ]
            return Reply(200, {"value": keys})
        names = {"LogicalName": table.name, "EntitySetName": table.entity_set, "PrimaryIdAttribute": table.id}
        return Reply(200, names)

    def _url(self, table: Table) -> str:
        return f"{self._world.url('dynamics')}{PREFIX}{table.entity_set}"


def document(body: Any) -> Row:
    if not isinstance(body, dict):
        raise bad_request("An error occurred while reading the request body: an object was expected.")
    return body


def _annotated(ask: Ask) -> bool:
    return ask.prefers("odata.include-annotations") is not None
