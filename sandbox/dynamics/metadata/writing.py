"""Changes of the metadata: tables, columns, keys and relationships made, changed and deleted by clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.books import Books
from sandbox.dynamics.address import Address
from sandbox.dynamics.errors import Fault, bad_request, invalid_argument, no_such_resource
from sandbox.dynamics.metadata import typed
from sandbox.dynamics.metadata.documents import metadata_id
from sandbox.dynamics.metadata.door import DEFINITIONS, RELATIONSHIPS, named, named_relationship, relationships
from sandbox.dynamics.metadata.reshaping import Reshaping
from sandbox.dynamics.relations import Link
from sandbox.dynamics.reply import Ask, Reply
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.schema import Column, Table

_MOST_KEYS, _MOST_IN_A_KEY = 10, 16


class Writing:
    def __init__(self, books: Books, rows: Rows, base: str) -> None:
        self._rows, self._base, self._catalogue = rows, base, rows.catalogue
        self._reshaping = Reshaping(books)

    def answer(self, address: Address, ask: Ask) -> Reply:
        """POST, PUT and DELETE below EntityDefinitions and RelationshipDefinitions."""
        single = bool(address.guid or address.key)
        if address.entity_set == RELATIONSHIPS:
            if ask.method == "POST" and not single:
                return self._relate(_document(ask.body))
            if ask.method == "DELETE" and single:
                return self._unrelate(address)
        elif address.entity_set == DEFINITIONS and not address.rest:
            if ask.method == "POST" and not single:
                return self.create(_document(ask.body))
            if ask.method == "PUT" and single:
                return self._rename(named(self._catalogue.tables(), address), _document(ask.body))
            if ask.method == "DELETE" and single:
                return self._drop(named(self._catalogue.tables(), address))
        elif address.entity_set == DEFINITIONS and single:
            return self._below(named(self._catalogue.tables(), address), address.rest, ask)
        raise Fault(405, "0x8006088a", f"The method {ask.method} is not allowed on {address.entity_set}.")

    def create(self, document: dict[str, Any]) -> Reply:
        table = typed.table(document)
        if self._catalogue.find(table.name) is not None:
            message = f"An entity with the specified name {table.name} already exists. Specify a unique name."
            raise Fault(400, "0x80044363", message)
        twice = [column.name for column in table.columns]
        if len(set(twice)) != len(twice):
            raise invalid_argument("Two attributes of the entity have the same name.")
        self._catalogue.add_table(table)
        return self._made(f"{DEFINITIONS}({metadata_id(table.name)})")

    def _rename(self, table: Table, document: dict[str, Any]) -> Reply:
        """Of a table only its words can change."""
        self._own(table)
        one, many = typed.words(document.get("DisplayName")), typed.words(document.get("DisplayCollectionName"))
        self._catalogue.add_table(replace(table, words=one or table.words, many_words=many or table.many_words))
        return Reply(204)

    def _drop(self, table: Table) -> Reply:
        self._own(table)
        leading = [each for each in self._catalogue.relations() if each.target.name == table.name]
        for relation in leading:
            if relation.table.name != table.name:
                self._lose(relation.table, relation.column)
        self._reshaping.forget(table)
        self._catalogue.drop_table(table)
        return Reply(204)

    def _below(self, table: Table, rest: tuple[str, ...], ask: Ask) -> Reply:
        head, _, inside = rest[0].partition("(")
        inside = inside.removesuffix(")")
        name = inside.partition("=")[2].strip("'") or inside
        match (head, ask.method, bool(name)):
            case ("Attributes", "POST", False):
                return self._add(table, typed.column(_document(ask.body)))
            case ("Attributes", "PUT", True):
                return self._alter(table, self._column(table, name), _document(ask.body))
            case ("Attributes", "DELETE", True):
                self._lose(table, self._column(table, name))
                return Reply(204)
            case ("Keys", "POST", False):
                return self._add_key(table, _document(ask.body))
            case ("Keys", "DELETE", True):
                return self._drop_key(table, name)
        raise no_such_resource(rest[0])

    def _add(self, table: Table, column: Column) -> Reply:
        self._unlocked(table)
        if table.reads(column.name) is not None:
            message = f"An attribute with the specified name {column.name} already exists for entity {table.name}."
            raise Fault(400, "0x80047013", message)
        added = typed.with_companions([column])
        self._catalogue.change(table, [*table.columns, *added], table.keys)
        self._reshaping.fill(table, {each.stored_as: None for each in added})
        return self._made(
            f"{DEFINITIONS}({metadata_id(table.name)})/Attributes({metadata_id(f'{table.name}/{column.name}')})"
        )

    def _alter(self, table: Table, column: Column, document: dict[str, Any]) -> Reply:
        self._unlocked(table)
        after = typed.changed(column, document)
        columns = [after if each.name == column.name else each for each in table.columns]
        self._catalogue.change(table, columns, table.keys)
        return Reply(204)

    def _lose(self, table: Table, column: Column) -> None:
        if not column.schema_name or column.name == table.primary_name:
            raise Fault(400, "0x8004701d", f"The attribute {column.name} of {table.name} cannot be deleted.")
        used = [name for name, parts in table.keys.items() if column.name in parts]
        if used:
            message = f"The attribute {column.name} cannot be deleted: the key {used[0]} is made of it."
            raise Fault(400, "0x8004f01f", message)
        gone = {column.name, *([f"{column.name}_name"] if column.kind == "file" else [])}
        columns = [each for each in table.columns if each.name not in gone]
        self._catalogue.change(table, columns, table.keys)
        lost = [each.stored_as for each in table.columns if each.name in gone]
        self._reshaping.drop(table, [*lost, *(f"{name}.table" for name in lost)])

    def _add_key(self, table: Table, document: dict[str, Any]) -> Reply:
        self._unlocked(table)
        name, parts = typed.schema_name(document).lower(), tuple(document.get("KeyAttributes") or ())
        if not 0 < len(parts) <= _MOST_IN_A_KEY or len(table.keys) >= _MOST_KEYS:
            raise invalid_argument(f"A table has up to {_MOST_KEYS} keys of 1 to {_MOST_IN_A_KEY} columns.")
        for part in parts:
            column = table.column(part)
            if column is None or column.kind not in ("string", "integer", "decimal", "datetime", "lookup", "picklist"):
                raise invalid_argument(f"'{part}' of {table.name} cannot be part of a key.")
        if name in table.keys or set(parts) in map(set, table.keys.values()):
            raise Fault(400, "0x80090497", f"{table.name} has such a key already.")
        stored = [str(table.reads(part)) for part in parts]
        seen = [tuple(row.get(each) for each in stored) for row in self._rows.all(table)]
        whole = [values for values in seen if None not in values]
        if len(set(whole)) != len(whole):
            raise Fault(
                400, "0x80060892", f"Entity Key {name} cannot be made: rows of {table.name} are not unique by it."
            )
        self._catalogue.change(table, list(table.columns), {**table.keys, name: parts})
        return self._made(f"{DEFINITIONS}({metadata_id(table.name)})/Keys({metadata_id(f'{table.name}/key/{name}')})")

    def _drop_key(self, table: Table, wanted: str) -> Reply:
        found = [name for name in table.keys if wanted in (name, metadata_id(f"{table.name}/key/{name}"))]
        if not found:
            raise Fault(404, "0x80060888", f"Could not find a key with name {wanted} on {table.name}")
        kept = {name: parts for name, parts in table.keys.items() if name not in found}
        self._catalogue.change(table, list(table.columns), kept)
        if any(name in now.keys for name in found if (now := self._catalogue.find(table.name))):
            raise Fault(400, "0x8004f01f", f"The key {found[0]} is part of a managed solution.")
        return Reply(204)

    def _relate(self, document: dict[str, Any]) -> Reply:
        kind = str(document.get("@odata.type", "")).removeprefix("#Microsoft.").removeprefix("Microsoft.")
        name = typed.schema_name(document)
        known = [*(each.name for each in self._catalogue.relations()), *(each.name for each in self._catalogue.links())]
        if name in known:
            raise Fault(400, "0x8004f019", f"A relationship with the name {name} already exists.")
        if kind == "Dynamics.CRM.ManyToManyRelationshipMetadata":
            self._catalogue.add_link(self._link(document, name))
        elif kind == "Dynamics.CRM.OneToManyRelationshipMetadata":
            target = self._table(document.get("ReferencedEntity"))
            table = self._table(document.get("ReferencingEntity"))
            self._add(table, typed.lookup(_document(document.get("Lookup")), target, name))
        else:
            raise bad_request("@odata.type must say which type of relationship it is.")
        return self._made(f"{RELATIONSHIPS}({metadata_id(f'relationship/{name}')})")

    def _link(self, document: dict[str, Any], name: str) -> Link:
        one, other = (self._table(document.get(f"Entity{n}LogicalName")) for n in (1, 2))
        intersect = str(document.get("IntersectEntityName") or name).lower()
        if self._catalogue.find(intersect) or any(each.intersect == intersect for each in self._catalogue.links()):
            raise Fault(400, "0x80044363", f"An entity with the specified name {intersect} already exists.")
        ways = [str(document.get(f"Entity{n}NavigationPropertyName") or name) for n in (1, 2)]
        if one.name == other.name and ways[0] == ways[1]:
            raise invalid_argument("A table related to itself needs two different navigation properties.")
        return Link(name, one.name, other.name, intersect, *ways)

    def _unrelate(self, address: Address) -> Reply:
        found = named_relationship(relationships(self._catalogue, self._catalogue.tables()), address)
        name = str(found["SchemaName"])
        link = next((each for each in self._catalogue.links() if each.name == name), None)
        if link is not None:
            self._rows.links.drop(link)
            self._catalogue.drop_link(link)
            return Reply(204)
        relation = next(each for each in self._catalogue.relations() if each.name == name)
        self._lose(relation.table, relation.column)
        return Reply(204)

    def _table(self, name: Any) -> Table:
        found = self._catalogue.find(str(name or "").lower())
        if found is None:
            raise Fault(400, "0x80041102", f"The entity with a name = '{name}' was not found in the MetadataCache.")
        return found

    def _column(self, table: Table, wanted: str) -> Column:
        for column in table.columns:
            if wanted in (column.name, metadata_id(f"{table.name}/{column.name}")):
                return column
        raise Fault(404, "0x80060888", f"Could not find a column with name {wanted} on {table.name}")

    def _own(self, table: Table) -> None:
        if not self._catalogue.added(table):
            raise Fault(400, "0x8004701d", f"The entity {table.name} is part of a managed solution.")

    def _unlocked(self, table: Table) -> None:
        if table.read_only:
            raise Fault(400, "0x8004701d", f"The entity {table.name} cannot be customized.")

    def _made(self, path: str) -> Reply:
        return Reply(204, headers={"OData-EntityId": f"{self._base}{path}"})


def _document(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise bad_request("An error occurred while reading the request body: an object was expected.")
    return body
