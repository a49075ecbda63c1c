"""The environment's rows: create, change, upsert, delete with conditions; checks come before the first write."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sandbox.dynamics import privileges, states
from sandbox.dynamics.address import Address, as_guid, parse, relative
from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.derived import derive
from sandbox.dynamics.duplicates import refuse_duplicate
from sandbox.dynamics.environment import Environment
from sandbox.dynamics.errors import (
    Fault,
    bad_request,
    invalid_argument,
    key_exists,
    key_violated,
    no_such_key,
    no_such_resource,
    no_such_row,
    stale,
)
from sandbox.dynamics.links import Links
from sandbox.dynamics.reply import Ask
from sandbox.dynamics.schema import Row, Table
from sandbox.dynamics.users import USER
from sandbox.dynamics.values import stored, timestamp
from sandbox.dynamics.webhooks import Webhooks
from sandbox.world import World

_FIRST_VERSION = 460000
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://dataverse.sandbox.example")


class Rows:
    """Raises Fault in the platform's words; a refused call wrote nothing."""

    def __init__(self, world: World, environment: Environment, webhooks: Webhooks) -> None:
        self._world, self._environment, self._webhooks = world, environment, webhooks
        self.catalogue = Catalogue(world.books, world.clock.now)
        self.links = Links(world.books)
        self.ask = Ask()
        """The request under way: its headers decide on duplicates and webhooks."""
        self.user = USER
        """Whom it acts for."""

    def now(self) -> datetime:
        return self._world.clock.now()

    def version(self) -> int:
        """The newest row version given out."""
        counter = self._world.books.get("books.counter", "dynamics.version")
        return _FIRST_VERSION - 1 if counter is None else int(counter["next"]) - 1

    def deleted(self, table: Table, since: int) -> list[Row]:
        gone = self._world.books.find("dynamics.deleted", table=table.name)
        return [each for each in gone if each["version"] > since]

    def table(self, entity_set: str) -> Table:
        found = self.catalogue.find_set(entity_set)
        if found is None or not self._environment.licensed(found.licence):
            raise no_such_resource(entity_set)
        self._may(found, "Read")
        return found

    def _may(self, table: Table, right: str) -> None:
        """What is seeded is nobody's request, and nobody needs to be allowed to."""
        if self.ask.method:
            privileges.require(self._world.books, table, right)

    def all(self, table: Table) -> list[Row]:
        return self._world.books.all(table.kind)

    def with_value(self, table: Table, name: str, values: list[Any]) -> list[Row]:
        found = [self._world.books.find(table.kind, **{name: value}) for value in dict.fromkeys(values)]
        return [row for rows in found for row in rows]

    def find(self, table: Table, address: Address) -> Row | None:
        if address.guid:
            return self._world.books.get(table.kind, address.guid)
        wanted = key_values(table, address.key)
        found = self._world.books.find(table.kind, **wanted)
        return found[0] if found else None

    def get(self, table: Table, address: Address) -> Row:
        row = self.find(table, address)
        if row is None:
            raise no_such_row(table.name, address.guid) if address.guid else no_such_key(table.name)
        return row

    def create(self, table: Table, body: Row, guid: str = "") -> Row:
        _writable(table)
        self._may(table, "Create")
        given = as_guid(str(body[table.id])) if body.get(table.id) else guid
        if given is None:
            raise bad_request(f"Cannot convert the literal '{body[table.id]}' to the expected type 'Edm.Guid'.")
        if given and self._world.books.get(table.kind, given) is not None:
            raise Fault(412, "0x80040237", "Cannot insert duplicate key.")
        number = self._world.books.next_number(table.kind)
        row: Row = {column.stored_as: column.default for column in table.columns}
        row |= {table.id: given or str(uuid.uuid5(_NAMESPACE, f"{table.name}:{number}"))}
        row |= {"createdon": timestamp(self.now())} | self._by("createdby", self.user) | self._by("ownerid", self.user)
        row |= self._by("createdonbehalfby", None if self.user == USER else USER)
        if table.name == "incident":
            row["ticketnumber"] = f"CAS-{number:05d}"
        changes = self._accepted(table, body)
        states.begin(table, row, changes)
        after = self._write(table, row | changes)
        self._webhooks.emit(self.ask, "Create", table, after, after, None)
        return after

    def update(self, table: Table, row: Row, body: Row) -> Row:
        _writable(table)
        self._may(table, "Write")
        changes = self._accepted(table, body)
        fixed = [column.name for column in table.columns if column.fixed and column.stored_as in changes]
        if any(changes[f"_{name}_value"] != row[f"_{name}_value"] for name in fixed):
            raise invalid_argument(f"{fixed[0]} cannot be changed after the row was created.")
        states.move(table, row, changes)
        return self._changed(table, row, changes)

    def upsert(
        self, table: Table, address: Address, body: Row, if_match: str = "", if_none_match: str = ""
    ) -> tuple[Row, bool]:
        """(row, created). If-Match: * updates only, If-None-Match: * creates only; values of the key fill a new row."""
        row = self.find(table, address)
        if row is None:
            if if_match:
                raise no_such_row(table.name, address.guid) if address.guid else no_such_key(table.name)
            # The body wins over the address when the row is new.
            return self.create(table, {**key_values(table, address.key), **body}, address.guid), True
        if if_none_match == "*":
            raise key_exists()
        check_match(row, if_match)
        kept = {name: value for name, value in body.items() if name not in address.key}
        return self.update(table, row, kept), False

    def resolve(self, table: Table, row: Row, reason: int) -> Row:
        """Close a case, which no plain update may do."""
        changes: Row = {"statecode": 1, "statuscode": reason}
        states.move(table, row, changes, closing=True)
        return self._changed(table, row, changes)

    def delete(self, table: Table, row: Row, if_match: str = "") -> None:
        _writable(table)
        self._may(table, "Delete")
        check_match(row, if_match)
        self._world.books.delete(table.kind, row[table.id])
        self.links.drop_row(row[table.id])
        version = self._world.books.next_number("dynamics.version", _FIRST_VERSION)
        stone = {"table": table.name, "id": row[table.id], "version": version}
        self._world.books.put("dynamics.deleted", str(version), stone)
        self._webhooks.emit(self.ask, "Delete", table, row, {}, row)

    def bound(self, target: str, expected: str) -> str:
        """The id a bind address leads to; it must exist in the expected table."""
        address = parse(relative(target))
        table = self.catalogue.find_set(address.entity_set)
        if table is None or table.name != expected:
            raise bad_request(f"The URI '{target}' does not lead to a row of {expected}.")
        self._may(table, "AppendTo")
        return str(self.get(table, address)[table.id])

    def put_read_only(self, table: Table, row: Row, values: Row) -> Row:
        """Columns only the platform itself fills (totals of a seeded order, what a merge leaves behind)."""
        return self._changed(table, row, values)

    def job(self, name: str, kind: int) -> str:
        """Note a job of the platform that is done; answers its id."""
        table = self.catalogue.find("asyncoperation")
        assert table is not None, "the table of jobs is a standard one"
        key = str(uuid.uuid5(_NAMESPACE, f"{table.name}:{self._world.books.next_number(table.kind)}"))
        at = timestamp(self.now())
        row: Row = {column.stored_as: column.default for column in table.columns}
        row |= {table.id: key, "name": name[:256], "operationtype": kind, "statecode": 3, "statuscode": 30}
        row |= {"createdon": at, "startedon": at, "completedon": at} | self._by("createdby", self.user)
        self._write(table, row | self._by("ownerid", self.user))
        return key

    def merged(self, table: Table, target: Row) -> None:
        """Tell that a merge has happened; the rows' own changes were told before."""
        self._webhooks.emit(self.ask, "Merge", table, target, {}, None)

    def _changed(self, table: Table, before: Row, changes: Row) -> Row:
        after = self._write(table, before | changes)
        self._webhooks.emit(self.ask, "Update", table, after, changes, before)
        return after

    def _accepted(self, table: Table, body: Row) -> Row:
        changes: Row = {}
        for name, value in body.items():
            if name in (table.id, "@odata.type", "@odata.id", "@odata.etag"):
                continue
            if name.endswith("@odata.bind"):
                changes |= self._bind(table, name.removesuffix("@odata.bind"), value)
                continue
            column = table.column(name)
            if column is None or column.kind == "lookup":
                message = f"Error identified in Payload provided by the user for Entity :'{table.entity_set}',"
                raise bad_request(f"{message} Invalid property '{name}' was found in entity '{table.name}'.")
            # Read-only columns in a body are ignored by the platform, not refused.
            if not column.read_only:
                changes[name] = stored(table, column, value)
        return changes

    def _bind(self, table: Table, navigation: str, target: Any) -> Row:
        found = table.bound_by(navigation)
        if found is None:
            raise bad_request(
                f"An undeclared property '{navigation}' which only has property annotations in the payload but no"
                " property value was found in the payload."
            )
        column, expected = found
        value = None if target is None else self.bound(str(target), expected)
        return {column.stored_as: value, f"{column.stored_as}.table": expected if value else None}

    def _write(self, table: Table, after: Row) -> Row:
        missing = [column.name for column in table.columns if column.required and after.get(column.stored_as) is None]
        if missing:
            raise invalid_argument(f"Required field '{missing[0]}' of '{table.name}' is missing.")
        self._check_keys(table, after)
        if self.ask.detects_duplicates:
            refuse_duplicate(table, after, self.all(table))
        derive(table, after, self._currency(after))
        version = self._world.books.next_number("dynamics.version", _FIRST_VERSION)
        after |= {"versionnumber": version, "modifiedon": timestamp(self.now())}
        after |= self._by("modifiedby", self.user)
        after |= self._by("modifiedonbehalfby", None if self.user == USER else USER)
        self._world.books.put(table.kind, after[table.id], after)
        return after

    def _by(self, column: str, user: str | None) -> Row:
        return {f"_{column}_value": user, f"_{column}_value.table": "systemuser" if user else None}

    def _check_keys(self, table: Table, after: Row) -> None:
        for name, columns in table.keys.items():
            values = {str(table.reads(column)): after.get(str(table.reads(column))) for column in columns}
            if any(value is None for value in values.values()):
                continue
            if any(other[table.id] != after[table.id] for other in self._world.books.find(table.kind, **values)):
                raise key_violated(name, ", ".join(columns))

    def _currency(self, row: Row) -> Row | None:
        found, table = row.get("_transactioncurrencyid_value"), self.catalogue.find("transactioncurrency")
        return self._world.books.get(table.kind, found) if found and table else None


def _writable(table: Table) -> None:
    if table.read_only:
        raise Fault(400, "0x80040800", f"Rows of '{table.name}' are the platform's own: they can be read only.")


def check_match(row: Row, if_match: str) -> None:
    if if_match and if_match != "*" and if_match != etag(row):
        raise stale()


def etag(row: Row) -> str:
    return f'W/"{row["versionnumber"]}"'


def key_values(table: Table, key: dict[str, Any]) -> Row:
    """The key's values as stored; the columns must be an alternate key of the table, the values of their types."""
    if not key:
        return {}
    fitting = [name for name, columns in table.keys.items() if set(columns) == set(key)]
    if not any(table.key_status.get(name, "Active") == "Active" for name in fitting):
        message = f"The specified key properties '{', '.join(key)}' do not form an alternate key of '{table.name}'."
        raise bad_request(message)
    values: Row = {}
    for name, value in key.items():
        column = table.column(name) or table.stored(name)
        assert column is not None, f"the key of {table.name} names no column {name}"
        values[column.stored_as] = str(value) if column.kind == "lookup" else stored(table, column, value)
    return values
