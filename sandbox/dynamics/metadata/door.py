"""Requests for metadata: which documents an address names, then $filter, $select and $expand over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from sandbox.dynamics.address import Address
from sandbox.dynamics.bulk import ACTIONS
from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.errors import Fault, bad_request, no_such_resource
from sandbox.dynamics.metadata.documents import (
    Document,
    attributes,
    entity,
    keys,
    many_to_many,
    metadata_id,
    relationship,
)
from sandbox.dynamics.query.filters import read
from sandbox.dynamics.query.meaning import holds
from sandbox.dynamics.query.options import split
from sandbox.dynamics.schema import Table

DEFINITIONS = "EntityDefinitions"
MESSAGE_FILTERS = "sdkmessagefilters"
_MESSAGE = "sdkmessageid"
RELATIONSHIPS = "RelationshipDefinitions"
SETS = (DEFINITIONS, MESSAGE_FILTERS, RELATIONSHIPS)
_PREFIX = "Microsoft.Dynamics.CRM."
# Shown only when they are expanded or asked for by a cast to the type that has them.
_EXPANDABLE = ("OptionSet", "GlobalOptionSet")
_OPTIONS = {"$select", "$filter", "$expand", "$top", "$orderby", "$count"}

Licensed = Callable[[str], bool]
Below = Mapping[str, Callable[[Document], Any]]
"""What $expand can name -> how it is read from a document."""


def answer(
    catalogue: Catalogue, address: Address, given: dict[str, str], base: str, licensed: Licensed
) -> dict[str, Any]:
    """`base` is the service's address. Raises 404 for a table that is not there, or without its licence."""
    unknown = sorted(set(given) - _OPTIONS)
    if unknown:
        raise bad_request(f"The query parameter {unknown[0]} is not supported.")
    tables = [table for table in catalogue.tables() if licensed(table.licence)]
    context = f"{base}$metadata#{address.entity_set}"
    if address.entity_set == MESSAGE_FILTERS:
        return {
            "@odata.context": context,
            "value": _asked(_message_filters(tables), given, {_MESSAGE: partial(_option, _MESSAGE)}),
        }
    if address.entity_set == RELATIONSHIPS:
        found = relationships(catalogue, tables)
        if address.guid or address.key:
            chosen = _asked([named_relationship(found, address)], given, {})[0]
            return {"@odata.context": f"{context}/$entity", **chosen}
        # The path may narrow them to one type.
        kept = [each for each in found if not address.rest or each["@odata.type"] == f"#{address.rest[0]}"]
        return {"@odata.context": context, "value": _asked(kept, given, {})}
    if not address.guid and not address.key:
        found_tables = [(entity(table), table) for table in tables]
        return {"@odata.context": context, "value": _entities(catalogue, found_tables, given)}
    table = named(tables, address)
    if not address.rest:
        return {"@odata.context": f"{context}/$entity", **_entities(catalogue, [(entity(table), table)], given)[0]}
    return _below(catalogue, table, address.rest, given, context)


def named(tables: Iterable[Table], address: Address) -> Table:
    """The table that an address of definitions names, by its logical name or its metadata id."""
    wanted = address.key.get("LogicalName", "")
    for table in tables:
        if table.name == wanted or (address.guid and metadata_id(table.name) == address.guid):
            return table
    raise Fault(404, "0x80060888", f"Could not find an entity with name {wanted or address.guid}")


def relationships(catalogue: Catalogue, tables: Iterable[Table]) -> list[Document]:
    """Every relationship between these tables."""
    names = {table.name for table in tables}
    found = [each for each in catalogue.relations() if each.table.name in names and each.target.name in names]
    links = [each for each in catalogue.links() if each.one in names and each.other in names]
    return [*map(relationship, found), *map(many_to_many, links)]


def named_relationship(found: list[Document], address: Address) -> Document:
    wanted = str(address.key.get("SchemaName", ""))
    for each in found:
        if each["SchemaName"] == wanted or each["MetadataId"] == address.guid:
            return each
    raise Fault(404, "0x80060888", f"Could not find a relationship with name {wanted or address.guid}")


def _below(
    catalogue: Catalogue, table: Table, rest: tuple[str, ...], given: dict[str, str], context: str
) -> dict[str, Any]:
    head, _, inside = rest[0].partition("(")
    documents = _collection(catalogue, table, head)
    if documents is None:
        raise no_such_resource(rest[0])
    name = ""
    if inside:
        name = inside.removesuffix(")").partition("=")[2].strip("'") or inside.removesuffix(")")
        documents = [each for each in documents if name in (each.get("LogicalName"), each["MetadataId"])]
        if not documents:
            raise Fault(404, "0x80060888", f"Could not find a column with name {name} on {table.name}")
    if len(rest) > 1:
        cast = f"#{rest[1]}"
        if not rest[1].startswith(_PREFIX):
            raise no_such_resource(rest[1])
        documents = [each for each in documents if each.get("@odata.type") == cast]
    expandable: Below = {option: partial(_option, option) for option in _EXPANDABLE}
    shown = _asked(documents, given, expandable)
    if name:
        if not shown:
            raise no_such_resource(rest[-1])
        return {"@odata.context": f"{context}/{head}/$entity", **shown[0]}
    return {"@odata.context": f"{context}('{table.name}')/{head}", "value": shown}


def _collection(catalogue: Catalogue, table: Table, name: str) -> list[Document] | None:
    match name:
        case "Attributes":
            return attributes(table)
        case "Keys":
            return keys(table)
        case "ManyToOneRelationships":
            return [relationship(each) for each in catalogue.relations() if each.table.name == table.name]
        case "OneToManyRelationships":
            return [relationship(each) for each in catalogue.relations() if each.target.name == table.name]
        case "ManyToManyRelationships":
            return [many_to_many(each) for each in catalogue.links() if table.name in (each.one, each.other)]
    return None


def _entities(catalogue: Catalogue, found: list[tuple[Document, Table]], given: dict[str, str]) -> list[Document]:
    by_name = {document["LogicalName"]: table for document, table in found}
    names = ("Attributes", "Keys", "ManyToOneRelationships", "OneToManyRelationships", "ManyToManyRelationships")

    def below(name: str, document: Document) -> list[Document] | None:
        return _collection(catalogue, by_name[document["LogicalName"]], name)

    return _asked([document for document, _ in found], given, {name: partial(below, name) for name in names})


def _option(name: str, document: Document) -> Any:
    return document.get(name)


def _asked(documents: list[Document], given: dict[str, str], expandable: Below) -> list[Document]:
    """What remains of the documents after the query options."""
    if "$filter" in given:
        condition = read(given["$filter"])
        documents = [each for each in documents if holds(condition, partial(_at, each))]
    if "$top" in given and given["$top"].isdecimal():
        documents = documents[: int(given["$top"])]
    return [_shown(each, given, expandable) for each in documents]


def _shown(document: Document, given: dict[str, str], expandable: Below) -> Document:
    names = split(given.get("$select", ""), ",")
    unknown = [name for name in names if name not in document]
    # A column is selected through its common type, which does not know what only some types have.
    if unknown and "AttributeType" not in document:
        raise bad_request(f"Could not find a property named '{unknown[0]}' on type 'Microsoft.Dynamics.CRM.Metadata'.")
    kept = {name: document[name] for name in document if name not in (*_EXPANDABLE, *expandable)}
    if names:
        always = ("@odata.type", "MetadataId", "sdkmessagefilterid")
        kept = {name: value for name, value in kept.items() if name in names or name in always}
    for part in split(given.get("$expand", ""), ","):
        name, _, inside = part.partition("(")
        if name not in expandable:
            raise bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.Metadata'.")
        below = expandable[name](document)
        options = dict(each.split("=", 1) for each in split(inside.removesuffix(")"), ";") if "=" in each)
        kept[name] = _asked(below, options, {}) if isinstance(below, list) else _narrowed(below, options)
    return kept


def _narrowed(document: Any, options: dict[str, str]) -> Any:
    names = split(options.get("$select", ""), ",")
    if not isinstance(document, dict) or not names:
        return document
    return {name: value for name, value in document.items() if name in (*names, "MetadataId")}


def _at(document: Document, path: str) -> Any:
    value: Any = document
    for step in path.split("/"):
        if not isinstance(value, dict) or step not in value:
            raise bad_request(f"Could not find a property named '{step}' on type 'Microsoft.Dynamics.CRM.Metadata'.")
        value = value[step]
    return value


def _message_filters(tables: list[Table]) -> list[Document]:
    """Which message may be sent for which table; clients ask before they send many rows in one action."""
    return [
        {
            "sdkmessagefilterid": metadata_id(f"filter/{table.name}/{action}"),
            "primaryobjecttypecode": table.name,
            _MESSAGE: {"sdkmessageid": metadata_id(f"message/{action}"), "name": action},
        }
        for table in tables
        for action in ("Create", "Update", "Delete", *ACTIONS)
    ]
