"""What the org says about itself: its object types, their fields, picklists and relations."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import record_types
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.records import Records
from sandbox.salesforce.schema import Field, SObject

_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "double": "xsd:double",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}
_SCALE, _PRECISION = 2, 18
_LONG_TEXT = 255


def everything(records: Records, version: str) -> dict[str, Any]:
    known = [of for each in OBJECTS if (of := records.type_of(each.name))]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [about(each, version) for each in known]}


def about(of: SObject, version: str) -> dict[str, Any]:
    place = f"/services/data/{version}/sobjects/{of.name}"
    merging = of.field("MasterRecordId") is not None
    yes = ("queryable", "retrieveable", "replicateable")
    no = ("deprecatedAndHidden", "customSetting", "feedEnabled", "hasSubtypes", "isSubtype")
    return {
        "name": of.name,
        "label": of.label,
        "labelPlural": f"{of.label}s",
        "keyPrefix": of.prefix,
        "custom": of.name.endswith("__c"),
        "mergeable": merging,
        "layoutable": True,
        "searchable": True,
        "triggerable": True,
        **dict.fromkeys(yes, True),
        "createable": of.createable,
        "updateable": of.updateable,
        "deletable": of.deletable,
        "undeletable": of.deletable,
        **dict.fromkeys(no, False),
        "urls": {"sobject": place, "describe": f"{place}/describe", "rowTemplate": f"{place}/{{ID}}"},
    }


def whole(records: Records, of: SObject, version: str) -> dict[str, Any]:
    return about(of, version) | {
        "fields": [_field(of, field) for field in of.fields],
        "childRelationships": [
            _child(child, field)
            for child in OBJECTS
            if records.type_of(child.name)
            for field in child.fields
            if field.parent == of.name
        ],
        "recordTypeInfos": record_types.infos(of, records.record_types(of)),
        "supportedScopes": [{"label": f"All {of.label}s", "name": "everything"}],
    }


def _child(of: SObject, field: Field) -> dict[str, Any]:
    return {
        "cascadeDelete": field.cascade,
        "childSObject": of.name,
        "deprecatedAndHidden": False,
        "field": field.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": of.known_as(field) or None,
        "restrictedDelete": False,
    }


def _field(of: SObject, field: Field) -> dict[str, Any]:
    long_text = field.kind == "textarea" and field.length > _LONG_TEXT
    texts = 0 if field.kind in ("double", "boolean", "date", "datetime") else field.length
    automatic = field.name == of.number
    return {
        "name": field.name,
        "label": field.name.removesuffix("__c").replace("_", " "),
        "type": field.kind,
        "soapType": _SOAP.get(field.kind, "xsd:string"),
        "length": texts,
        "byteLength": texts * 3,
        "digits": 0,
        "precision": _PRECISION if field.kind == "double" else 0,
        "scale": _SCALE if field.kind == "double" else 0,
        "autoNumber": automatic,
        "calculated": False,
        "custom": field.custom,
        "nameField": field.name == "Name" or (automatic and of.field("Name") is None),
        "externalId": field.external_id,
        "unique": field.external_id and field.unique,
        "caseSensitive": False,
        "idLookup": field.external_id or field.name == "Id",
        "nillable": not field.required and not field.read_only and field.kind != "boolean",
        "defaultedOnCreate": field.default is not None or field.read_only,
        "defaultValue": field.default if field.kind == "boolean" else None,
        "createable": not field.read_only,
        "updateable": not field.read_only and not field.fixed,
        "filterable": not long_text,
        "sortable": not long_text,
        "groupable": not long_text and field.kind not in ("double", "datetime"),
        "aggregatable": not long_text and field.kind != "boolean",
        "restrictedPicklist": bool(field.values),
        "picklistValues": [
            {"active": True, "defaultValue": value == field.default, "label": value, "validFor": None, "value": value}
            for value in field.values
        ],
        "cascadeDelete": field.cascade,
        "referenceTo": [field.parent] if field.parent else [],
        "relationshipName": field.relationship or None,
    }
