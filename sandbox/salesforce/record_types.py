"""Record types an administrator set up: which values of a picklist a record of each may have.

`{"ReturnOrder": {"012…": {"name": "Web", "values": {"Status": ["Submitted", "Approved"]}}}}`; a picklist that is not
named keeps all its values, and a record without a type too.
"""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.errors import Refusal, not_found
from sandbox.salesforce.ids import canonical
from sandbox.salesforce.objects import find_type
from sandbox.salesforce.schema import Field, Record, SObject

FIELD = Field("RecordTypeId", "reference", 18)
_MASTER = "012000000000000AAA"


def check(wish: Any) -> None:
    """Raises ValueError for what cannot be."""
    for name, kinds in wish.items():
        of = find_type(name)
        if of is None:
            raise ValueError(f"record_types names a type; {name} is none")
        for given, kind in kinds.items():
            if canonical(given) != given or not set(kind) <= {"name", "values"}:
                raise ValueError("a record type has an id of 18 characters, a name, and values by picklist")
            for field, values in kind.get("values", {}).items():
                known = of.field(field)
                if known is None or not set(values) <= set(known.values):
                    raise ValueError(f"{name}.{field} is no picklist with these values")


def infos(of: SObject, kinds: dict[str, Any]) -> list[dict[str, Any]]:
    """As `describe` tells them: the master record type comes with every object."""
    if not kinds:
        return []
    known = [(given, kind.get("name", given), False) for given, kind in kinds.items()]
    return [
        {
            "active": True,
            "available": True,
            "defaultRecordTypeMapping": master,
            "developerName": name.replace(" ", "_"),
            "master": master,
            "name": name,
            "recordTypeId": given,
        }
        for given, name, master in [*known, (_MASTER, "Master", True)]
    ]


def require(of: SObject, kinds: dict[str, Any], record: Record) -> None:
    """Raises what a record of a type that is none, or with a value its type does not have, is told."""
    given = record.get(FIELD.name)
    if given is None or not kinds:
        return
    if given not in kinds:
        message = f"Record Type ID: this ID value isn't valid for the user: {given}"
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", message, [FIELD.name])
    for name, values in kinds[given].get("values", {}).items():
        if record.get(name) is not None and record[name] not in values:
            message = f"{name}: bad value for restricted picklist field: {record[name]}"
            raise Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [name])


def picklists(of: SObject, kinds: dict[str, Any], given: str) -> dict[str, Any]:
    """The user interface API's values of every picklist for one record type."""
    found = canonical(given)
    if found is None or (found not in kinds and found != _MASTER):
        raise not_found()
    allowed = kinds.get(found, {}).get("values", {})
    return {
        "picklistFieldValues": {
            field.name: {
                "controllerValues": {},
                "defaultValue": None,
                "values": [
                    {"attributes": None, "label": value, "validFor": [], "value": value}
                    for value in allowed.get(field.name, field.values)
                ],
            }
            for field in of.fields
            if field.values
        }
    }
