"""An org that is not as it should be: fields missing, too short, no key or not writable, values gone, rights withheld.

What is changed here holds everywhere: in describe, in records, in queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects import find_type
from sandbox.salesforce.schema import Field, Kind, SObject

_RIGHTS = ("createable", "updateable")
_FIELD = ("remove", "kind", "length", "external_id", "unique", "read_only", "required", "without_values")


def check(wish: Any) -> None:
    """{type: {"fields": {name: {"remove": true}}, "createable": false, "updateable": false}}. Raises ValueError for
    another wish."""
    for name, changes in _items(wish):
        of = find_type(name)
        if of is None or not set(dict(_items(changes))) <= {"fields", *_RIGHTS}:
            raise ValueError(f"tailoring names a type, and of it fields, {' or '.join(_RIGHTS)}; {name} is not so")
        for field, change in _items(changes.get("fields", {})):
            given = dict(_items(change))
            if of.field(field) is None or not set(given) <= set(_FIELD):
                raise ValueError(f"{name}.{field} is no field, or is changed in another way than {', '.join(_FIELD)}")
            if given.get("kind", "string") not in get_args(Kind):
                raise ValueError(f"the kind of a field is one of {', '.join(get_args(Kind))}")


def tailored(of: SObject, changes: Mapping[str, Any]) -> SObject:
    asked = changes.get("fields", {})
    fields = [_field(each, asked[each.name]) if each.name in asked else each for each in of.fields]
    return replace(
        of,
        fields=tuple(each for each in fields if each is not None),
        createable=bool(changes.get("createable", True)),
        updateable=bool(changes.get("updateable", True)),
    )


def require(of: SObject, right: str) -> None:
    """Raises what a user without this right on the object is told."""
    if right == "createable" and not of.createable:
        raise Refusal("INVALID_TYPE_FOR_OPERATION", f"entity type cannot be inserted: {of.label}")
    if right == "updateable" and not of.updateable:
        raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403)


def _field(field: Field, change: Mapping[str, Any]) -> Field | None:
    if change.get("remove"):
        return None
    gone = change.get("without_values", ())
    plain = {name: change[name] for name in _FIELD[1:-1] if name in change}
    return replace(field, values=tuple(value for value in field.values if value not in gone), **plain)


def _items(given: Any) -> list[tuple[str, Any]]:
    if not isinstance(given, dict):
        raise ValueError("tailoring is an object of types, each with the changes made to it")
    return list(given.items())
