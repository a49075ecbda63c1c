"""Tables, columns, keys and relationships as metadata documents. Only options have words; other labels are names."""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.dynamics.relations import Relation
from sandbox.dynamics.schema import Column, Table
from sandbox.dynamics.tables.labels import labels

_PREFIX = "#Microsoft.Dynamics.CRM."
_ENGLISH = 1033
Document = dict[str, Any]

_TYPES = {
    "string": "String",
    "memo": "Memo",
    "integer": "Integer",
    "double": "Double",
    "decimal": "Decimal",
    "money": "Money",
    "boolean": "Boolean",
    "datetime": "DateTime",
    "date": "DateTime",
    "picklist": "Picklist",
    "lookup": "Lookup",
    "bigint": "BigInt",
}
_CUSTOMERS = {"account", "contact"}


def attribute_type(column: Column) -> str:
    if column.name in ("statecode", "statuscode"):
        return "State" if column.name == "statecode" else "Status"
    if set(column.targets) == _CUSTOMERS:
        return "Customer"
    return _TYPES[column.kind]


def entity(table: Table) -> Document:
    return {
        "MetadataId": metadata_id(table.name),
        "LogicalName": table.name,
        "SchemaName": table.name,
        "EntitySetName": table.entity_set,
        "LogicalCollectionName": table.entity_set,
        "CollectionSchemaName": table.entity_set,
        "PrimaryIdAttribute": table.id,
        "PrimaryNameAttribute": table.primary_name,
        "DisplayName": label(table.name),
        "DisplayCollectionName": label(table.entity_set),
        "IsCustomEntity": "_" in table.name,
        "IsActivity": False,
        "IsPrivate": False,
        "IsIntersect": False,
        "IsLogicalEntity": False,
        "ChangeTrackingEnabled": True,
        "OwnershipType": "UserOwned",
        "TableType": "Standard",
        "HasNotes": False,
    }


def attributes(table: Table) -> list[Document]:
    own = Column(table.id, "lookup", read_only=True)
    key = _attribute(table, own, "Uniqueidentifier") | {
        "IsPrimaryId": True,
        "RequiredLevel": _required("SystemRequired"),
    }
    key.pop("Targets", None)
    return [key, *(_attribute(table, column, attribute_type(column)) for column in table.columns)]


def keys(table: Table) -> list[Document]:
    return [
        {
            "MetadataId": metadata_id(f"{table.name}/key/{name}"),
            "LogicalName": name,
            "SchemaName": name,
            "EntityLogicalName": table.name,
            "DisplayName": label(name),
            "KeyAttributes": list(columns),
            "EntityKeyIndexStatus": "Active",
        }
        for name, columns in table.keys.items()
    ]


def relationship(relation: Relation) -> Document:
    """The same document from both ends."""
    return {
        "@odata.type": f"{_PREFIX}OneToManyRelationshipMetadata",
        "MetadataId": metadata_id(f"relationship/{relation.name}"),
        "SchemaName": relation.name,
        "RelationshipType": "OneToManyRelationship",
        "ReferencedEntity": relation.target.name,
        "ReferencedAttribute": relation.target.id,
        "ReferencedEntityNavigationPropertyName": relation.name,
        "ReferencingEntity": relation.table.name,
        "ReferencingAttribute": relation.column.name,
        "ReferencingEntityNavigationPropertyName": relation.navigation,
    }


def option_set(table: Table, column: Column) -> Document:
    options: list[Document] = []
    for value, words in labels(table.name, column.name).items():
        option: Document = {"Value": value, "Label": label(words)}
        if column.name == "statuscode":
            option["State"] = next(state for state, reasons in table.states.items() if value in reasons)
        if column.name == "statecode":
            option |= {"DefaultStatus": table.states[value][0], "InvariantName": words}
        options.append(option)
    kind = attribute_type(column)
    return {
        "Name": f"{table.name}_{column.name}",
        "IsGlobal": False,
        "OptionSetType": kind,
        "MetadataId": metadata_id(f"{table.name}/options/{column.name}"),
        "Options": options,
    }


def label(text: str) -> Document:
    words = {"Label": text, "LanguageCode": _ENGLISH}
    return {"LocalizedLabels": [words], "UserLocalizedLabel": words}


def metadata_id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"metadata/{name}"))


def _attribute(table: Table, column: Column, kind: str) -> Document:
    document: Document = {
        "@odata.type": f"{_PREFIX}{'Lookup' if kind == 'Customer' else kind}AttributeMetadata",
        "MetadataId": metadata_id(f"{table.name}/{column.name}"),
        "LogicalName": column.name,
        "SchemaName": column.name,
        "EntityLogicalName": table.name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "AttributeOf": None,
        "DisplayName": label(column.name),
        "RequiredLevel": _required("ApplicationRequired" if column.required else "None"),
        "IsPrimaryId": False,
        "IsPrimaryName": column.name == table.primary_name,
        "IsCustomAttribute": "_" in column.name,
        "IsValidForCreate": not column.read_only,
        "IsValidForUpdate": not column.read_only and not column.fixed,
        "IsValidForRead": True,
    }
    if kind in ("String", "Memo"):
        document["MaxLength"] = column.length
    if kind in ("Lookup", "Customer"):
        document["Targets"] = list(column.targets)
    if kind in ("Double", "Decimal", "Money", "Integer"):
        document["MinValue"] = column.minimum
    if kind == "DateTime":
        document["Format"] = "DateOnly" if column.kind == "date" else "DateAndTime"
        document["DateTimeBehavior"] = {"Value": "DateOnly" if column.kind == "date" else "UserLocal"}
    if kind in ("Picklist", "State", "Status"):
        document["OptionSet"] = option_set(table, column)
        document["GlobalOptionSet"] = None
        document["DefaultFormValue"] = -1 if column.default is None else column.default
    if kind == "Boolean":
        document["DefaultValue"] = column.default
        document["OptionSet"] = {
            "TrueOption": {"Value": 1, "Label": label("Yes")},
            "FalseOption": {"Value": 0, "Label": label("No")},
        }
    return document


def _required(level: str) -> Document:
    return {"Value": level, "CanBeChanged": False, "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings"}
