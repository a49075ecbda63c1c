"""The org's one platform event, for clients that publish: a notice about a return."""

from __future__ import annotations

from sandbox.salesforce.capture import EventSchema, Schemas

NAME = "Return_Notice__e"
TOPIC = f"/event/{NAME}"
_FIELDS = ("Returns_Ref__c", "Message__c")


def schema(schemas: Schemas) -> EventSchema:
    fields = [
        {"name": "CreatedDate", "type": "long", "doc": "CreatedDate:DateTime"},
        {"name": "CreatedById", "type": "string", "doc": "CreatedBy:EntityId"},
        *({"name": name, "type": ["null", "string"], "doc": "Data:Text", "default": None} for name in _FIELDS),
    ]
    return schemas.keep({"type": "record", "name": NAME, "namespace": "com.sforce.eventbus", "fields": fields})
