"""What stands behind a row's address: one property, its raw value, a lookup's row, a collection, and their links."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from sandbox.dynamics import query
from sandbox.dynamics.address import Address
from sandbox.dynamics.errors import Fault, bad_request, no_such_resource
from sandbox.dynamics.files import Files
from sandbox.dynamics.query import Annotations
from sandbox.dynamics.relations import Link, Relation
from sandbox.dynamics.reply import Ask, Reply
from sandbox.dynamics.rows import Rows, check_match
from sandbox.dynamics.schema import Row, Table

_PAGE = 5000


class Properties:
    def __init__(self, rows: Rows, files: Files, base: str) -> None:
        self._rows, self._files, self._base = rows, files, base

    def answer(self, table: Table, address: Address, ask: Ask) -> Reply:
        row = self._rows.get(table, address)
        name, *rest = address.rest
        # A row of a collection can be named in parentheses: contacts(id)/accounts(id)/$ref.
        name = name.partition("(")[0]
        one, many = self._rows.catalogue.leading_from(table, name), self._rows.catalogue.leading_back(table, name)
        if one is not None:
            return self._one(table, row, one, rest, ask)
        if many is not None:
            return self._many(row[table.id], many, rest, ask)
        if (link := self._rows.catalogue.link(table, name)) is not None:
            return self._linked(table, row[table.id], link, name, rest, ask)
        return self._column(table, row, name, rest, ask)

    def _column(self, table: Table, row: Row, name: str, rest: list[str], ask: Ask) -> Reply:
        """GET reads, PUT sets and DELETE empties one column."""
        column = table.stored(name)
        if column is None and name != table.id:
            raise no_such_resource(name)
        file = column is not None and column.kind == "file"
        # A client may ask for a part of a file without saying $value; without a range the column tells its id.
        plain = rest == [] and not (file and "range" in ask.headers)
        if ask.method == "GET" and (plain or (rest == ["$value"] and not file)):
            value = row.get(name)
            if value is None:
                return Reply(204)
            if rest:
                return Reply(200, str(value), {"Content-Type": "text/plain"})
            context = f"{self._base}$metadata#{table.entity_set}({row[table.id]})/{name}"
            return Reply(200, {"@odata.context": context, "value": value})
        if column is not None and file:
            return self._files.answer(table, row, column, rest, ask)
        if rest or column is None or ask.method not in ("PUT", "DELETE"):
            raise _not_allowed(ask.method)
        if column.kind == "lookup":
            raise bad_request(f"'{name}' is changed through its navigation property.")
        check_match(row, ask.if_match)
        value = ask.body.get("value") if ask.method == "PUT" and isinstance(ask.body, dict) else None
        self._rows.update(table, row, {name: value})
        return Reply(204)

    def _one(self, table: Table, row: Row, relation: Relation, rest: list[str], ask: Ask) -> Reply:
        """The row a lookup leads to; under $ref, PUT sets and DELETE empties the lookup."""
        stored_as, other = relation.column.stored_as, relation.target
        bind = f"{relation.navigation}@odata.bind"
        if rest == ["$ref"] and ask.method == "PUT":
            self._rows.update(table, row, {bind: _reference(ask.body)})
            return Reply(204)
        if rest == ["$ref"] and ask.method == "DELETE":
            self._rows.update(table, row, {bind: None})
            return Reply(204)
        if ask.method != "GET":
            raise _not_allowed(ask.method)
        if row.get(stored_as) is None or row.get(f"{stored_as}.table") != other.name:
            return Reply(204)
        if rest == ["$ref"]:
            return Reply(200, {"@odata.id": f"{self._base}{other.entity_set}({row[stored_as]})"})
        asked = query.options(self._rows.catalogue, other, query.raw(ask.target))
        found = self._rows.get(other, Address(other.entity_set, str(row[stored_as])))
        return Reply(200, query.shape(self._rows, other, found, asked, _annotations(ask)))

    def _many(self, key: str, relation: Relation, rest: list[str], ask: Ask) -> Reply:
        """The rows that lead here; a POST to $ref makes one more lead here."""
        other, stored_as = relation.table, relation.column.stored_as
        if rest == ["$ref"] and ask.method == "POST":
            target = self._rows.bound(_reference(ask.body), other.name)
            child = self._rows.get(other, Address(other.entity_set, target))
            here = f"/{relation.target.entity_set}({key})"
            self._rows.update(other, child, {f"{relation.navigation}@odata.bind": here})
            return Reply(204)
        if ask.method == "DELETE" and rest[-1:] == ["$ref"]:
            child = self._rows.get(other, Address(other.entity_set, self._loosed(other, relation.name, rest, ask)))
            if child.get(stored_as) != key:
                raise no_such_resource("$ref")
            self._rows.update(other, child, {f"{relation.navigation}@odata.bind": None})
            return Reply(204)
        if ask.method != "GET" or rest not in ([], ["$count"]):
            raise _not_allowed(ask.method)
        given, among = query.raw(ask.target), self._rows.with_value(other, stored_as, [key])
        if rest:
            return Reply(200, query.count(self._rows, other, given, among))
        base = f"{self._base}{other.entity_set}"
        return Reply(200, query.answer(self._rows, other, given, base, _PAGE, _annotations(ask), among))

    def _linked(self, table: Table, key: str, link: Link, name: str, rest: list[str], ask: Ask) -> Reply:
        """The rows that belong to this one by a many-to-many relationship; $ref binds and loosens."""
        other = self._rows.catalogue.find(link.navigations(table.name)[name])
        assert other is not None, f"the relationship {link.name} leads to no table"
        if rest == ["$ref"] and ask.method == "POST":
            self._rows.links.bind(link, name, table.name, key, self._rows.bound(_reference(ask.body), other.name))
            return Reply(204)
        if ask.method == "DELETE" and rest[-1:] == ["$ref"]:
            if not self._rows.links.loose(link, name, table.name, key, self._loosed(other, name, rest, ask)):
                raise no_such_resource("$ref")
            return Reply(204)
        if ask.method != "GET" or rest not in ([], ["$count"]):
            raise _not_allowed(ask.method)
        given = query.raw(ask.target)
        among = self._rows.with_value(other, other.id, [*self._rows.links.others(link, name, table.name, key)])
        if rest:
            return Reply(200, query.count(self._rows, other, given, among))
        base = f"{self._base}{other.entity_set}"
        return Reply(200, query.answer(self._rows, other, given, base, _PAGE, _annotations(ask), among))

    def _loosed(self, other: Table, name: str, rest: list[str], ask: Ask) -> str:
        """Which row of the collection is meant: it stands in parentheses before /$ref, or in `$id`."""
        target = parse_qs(ask.target.partition("?")[2]).get("$id", [""])[0]
        inside = ask.target.partition(f"/{name}(")[2].partition(")")[0]
        if not target and not inside:
            raise bad_request("The row to be loosed must be named, by its key or by $id.")
        return self._rows.bound(target or f"{other.entity_set}({inside})", other.name)


def _reference(body: Any) -> str:
    target = body.get("@odata.id") if isinstance(body, dict) else None
    if not target:
        raise bad_request("@odata.id must say which row is meant.")
    return str(target)


def _annotations(ask: Ask) -> Annotations:
    return Annotations(ask.prefers("odata.include-annotations") or "")


def _not_allowed(method: str) -> Fault:
    return Fault(405, "0x8006088a", f"The method {method} is not allowed here.")
