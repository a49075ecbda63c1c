"""Tables, columns, keys and relationships as metadata documents. Only options have words; other labels are names."""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.dynamics import privileges
from sandbox.dynamics.relations import Link, Relation
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
    "file": "File",
    "guid": "Uniqueidentifier",
}
_CUSTOMERS = {"account", "contact"}
_LOOKUPS = ("Lookup", "Customer", "Owner")
_TEXT_FORMATS = {"String": ("Text", {"Value": "Text"}), "Memo": ("TextArea", {"Value": "TextArea"})}


def attribute_type(column: Column) -> str:
    if column.name in ("statecode", "statuscode"):
        return "State" if column.name == "statecode" else "Status"
    if column.name == "ownerid":
        return "Owner"
    if set(column.targets) == _CUSTOMERS:
        return "Customer"
    return _TYPES[column.kind]


def entity(table: Table) -> Document:
    return {
        "MetadataId": metadata_id(table.name),
        "LogicalName": table.name,
        "SchemaName": table.schema_name or table.name,
        "EntitySetName": table.entity_set,
        "LogicalCollectionName": table.entity_set,
        "CollectionSchemaName": table.entity_set,
        "PrimaryIdAttribute": table.id,
        "PrimaryNameAttribute": table.primary_name,
        "DisplayName": label(table.words or table.name),
        "DisplayCollectionName": label(table.many_words or table.entity_set),
        "IsCustomEntity": "_" in table.name,
        "IsActivity": False,
        "IsPrivate": False,
        "IsIntersect": False,
        "IsLogicalEntity": False,
        "ChangeTrackingEnabled": table.tracked,
        "OwnershipType": "UserOwned",
        "TableType": "Standard",
        "Privileges": privileges.described(table.name),
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
            "EntityKeyIndexStatus": table.key_status.get(name, "Active"),
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


def many_to_many(link: Link) -> Document:
    return {
        "@odata.type": f"{_PREFIX}ManyToManyRelationshipMetadata",
        "MetadataId": metadata_id(f"relationship/{link.name}"),
        "SchemaName": link.name,
        "RelationshipType": "ManyToManyRelationship",
        "Entity1LogicalName": link.one,
        "Entity1IntersectAttribute": f"{link.one}id",
        "Entity1NavigationPropertyName": link.one_navigation,
        "Entity2LogicalName": link.other,
        "Entity2IntersectAttribute": f"{link.other}id",
        "Entity2NavigationPropertyName": link.other_navigation,
        "IntersectEntityName": link.intersect,
    }


def option_set(table: Table, column: Column) -> Document:
    options: list[Document] = []
    for value, words in labels(table.name, column).items():
        if column.options and value not in column.options:
            continue
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
        "@odata.type": f"{_PREFIX}{'Lookup' if kind in _LOOKUPS else kind}AttributeMetadata",
        "MetadataId": metadata_id(f"{table.name}/{column.name}"),
        "LogicalName": column.name,
        "SchemaName": column.schema_name or column.name,
        "EntityLogicalName": table.name,
        # Only some types are values of the older enumeration.
        "AttributeType": "Virtual" if kind == "File" else kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "AttributeOf": None,
        "DisplayName": label(column.words or column.name),
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
        document["Format"], document["FormatName"] = _TEXT_FORMATS[kind]
    if kind in _LOOKUPS:
        document["Targets"] = list(column.targets)
    if kind in ("Double", "Decimal", "Money", "Integer"):
        document["MinValue"], document["MaxValue"] = column.minimum, column.maximum
    if kind in ("Double", "Decimal", "Money"):
        document["Precision"] = column.precision
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
