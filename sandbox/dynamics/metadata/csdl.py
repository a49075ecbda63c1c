"""`$metadata`: the tables, their properties, relationships and messages as CSDL, the language of OData's metadata."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement, tostring

from sandbox.dynamics.bulk import ACTIONS
from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.query.fitting import EDM
from sandbox.dynamics.schema import Column, Table

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM_NAMESPACE = "http://docs.oasis-open.org/odata/ns/edm"
_NAMESPACE = "Microsoft.Dynamics.CRM"
_ALIAS = "mscrm"
_RESPONSES = {
    "WhoAmI": {"BusinessUnitId": "Edm.Guid", "UserId": "Edm.Guid", "OrganizationId": "Edm.Guid"},
    "RetrieveVersion": {"Version": "Edm.String"},
}


def csdl(catalogue: Catalogue, licensed: Callable[[str], bool]) -> str:
    tables = [table for table in catalogue.tables() if licensed(table.licence)]
    root = Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX})
    services = SubElement(root, "edmx:DataServices")
    schema = SubElement(services, "Schema", {"Namespace": _NAMESPACE, "Alias": _ALIAS, "xmlns": _EDM_NAMESPACE})
    SubElement(schema, "EntityType", {"Name": "crmbaseentity", "Abstract": "true"})
    for table in tables:
        _entity_type(schema, catalogue, table, tables)
    created = SubElement(schema, "ComplexType", {"Name": "CreateMultipleResponse"})
    SubElement(created, "Property", {"Name": "Ids", "Type": "Collection(Edm.Guid)"})
    for name, properties in _RESPONSES.items():
        _function(schema, name, properties)
    for table in tables:
        for action in ACTIONS:
            _bulk_action(schema, table, action)
    container = SubElement(schema, "EntityContainer", {"Name": "System"})
    for table in tables:
        _entity_set(container, catalogue, table, tables)
    for name in _RESPONSES:
        SubElement(container, "FunctionImport", {"Name": name, "Function": f"{_NAMESPACE}.{name}"})
    return '<?xml version="1.0" encoding="utf-8"?>' + tostring(root, encoding="unicode")


def _entity_type(schema: Element, catalogue: Catalogue, table: Table, tables: list[Table]) -> None:
    kind = SubElement(schema, "EntityType", {"Name": table.name, "BaseType": f"{_ALIAS}.crmbaseentity"})
    SubElement(SubElement(kind, "Key"), "PropertyRef", {"Name": table.id})
    SubElement(kind, "Property", {"Name": table.id, "Type": "Edm.Guid"})
    for column in table.columns:
        SubElement(kind, "Property", _property(column))
    names = {each.name for each in tables}
    for relation in catalogue.relations():
        if relation.table.name == table.name and relation.target.name in names:
            way = SubElement(
                kind,
                "NavigationProperty",
                {
                    "Name": relation.navigation,
                    "Type": f"{_ALIAS}.{relation.target.name}",
                    "Nullable": "false" if relation.column.required else "true",
                    "Partner": relation.name,
                },
            )
            SubElement(
                way,
                "ReferentialConstraint",
                {"Property": relation.column.stored_as, "ReferencedProperty": relation.target.id},
            )
        if relation.target.name == table.name and relation.table.name in names:
            _many(kind, relation.name, relation.table.name, relation.navigation)
    for link in catalogue.links():
        for navigation, other in link.navigations(table.name).items():
            _many(kind, navigation, other, "")
    for parts in table.keys.values():
        _alternate(kind, [str(table.reads(part)) for part in parts])


def _property(column: Column) -> dict[str, str]:
    found = {"Name": column.stored_as, "Type": EDM[column.kind]}
    if column.kind in ("string", "memo"):
        found["MaxLength"] = str(column.length)
    if found["Type"] == "Edm.Decimal":
        found["Scale"] = "Variable"
    return found


def _many(kind: Element, name: str, table: str, partner: str) -> None:
    about = {"Name": name, "Type": f"Collection({_ALIAS}.{table})"}
    SubElement(kind, "NavigationProperty", about | ({"Partner": partner} if partner else {}))


def _alternate(kind: Element, columns: list[str]) -> None:
    """Alternate keys stand in an annotation: OData 4.0 itself knows none."""
    note = SubElement(kind, "Annotation", {"Term": "OData.Community.Keys.V1.AlternateKeys"})
    record = SubElement(SubElement(note, "Collection"), "Record", {"Type": "OData.Community.Keys.V1.AlternateKey"})
    parts = SubElement(SubElement(record, "PropertyValue", {"Property": "Key"}), "Collection")
    for column in columns:
        part = SubElement(parts, "Record", {"Type": "OData.Community.Keys.V1.PropertyRef"})
        SubElement(part, "PropertyValue", {"Property": "Alias", "String": column})
        SubElement(part, "PropertyValue", {"Property": "Name", "PropertyPath": column})


def _function(schema: Element, name: str, properties: dict[str, str]) -> None:
    function = SubElement(schema, "Function", {"Name": name})
    SubElement(function, "ReturnType", {"Type": f"{_ALIAS}.{name}Response", "Nullable": "false"})
    response = SubElement(schema, "ComplexType", {"Name": f"{name}Response"})
    for each, kind in properties.items():
        SubElement(response, "Property", {"Name": each, "Type": kind})


def _bulk_action(schema: Element, table: Table, action: str) -> None:
    rows = f"Collection({_ALIAS}.{table.name})"
    found = SubElement(schema, "Action", {"Name": action, "IsBound": "true"})
    SubElement(found, "Parameter", {"Name": "entityset", "Type": rows, "Nullable": "false"})
    SubElement(found, "Parameter", {"Name": "Targets", "Type": rows, "Nullable": "false"})
    if action == "CreateMultiple":
        SubElement(found, "ReturnType", {"Type": f"{_ALIAS}.CreateMultipleResponse"})


def _entity_set(container: Element, catalogue: Catalogue, table: Table, tables: list[Table]) -> None:
    found = SubElement(container, "EntitySet", {"Name": table.entity_set, "EntityType": f"{_NAMESPACE}.{table.name}"})
    sets = {each.name: each.entity_set for each in tables}
    ways = {r.navigation: r.target.name for r in catalogue.relations() if r.table.name == table.name}
    ways |= {r.name: r.table.name for r in catalogue.relations() if r.target.name == table.name}
    for link in catalogue.links():
        ways |= link.navigations(table.name)
    for path, target in ways.items():
        if target in sets:
            SubElement(found, "NavigationPropertyBinding", {"Path": path, "Target": sets[target]})
