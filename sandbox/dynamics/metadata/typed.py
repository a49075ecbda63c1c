"""A column or a table as a client describes it in metadata documents, read into the schema's own terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.dynamics.errors import Fault, bad_request, invalid_argument
from sandbox.dynamics.schema import SYSTEM, Column, Kind, Table

_PREFIX = "Microsoft.Dynamics.CRM."
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9]{1,7}_[A-Za-z][A-Za-z0-9_]*$")
_KINDS: Mapping[str, Kind] = {
    "String": "string",
    "Memo": "memo",
    "Integer": "integer",
    "BigInt": "bigint",
    "Decimal": "decimal",
    "Double": "double",
    "Money": "money",
    "Boolean": "boolean",
    "DateTime": "datetime",
    "Picklist": "picklist",
    "File": "file",
}
_LONGEST = {"string": 4000, "memo": 1_048_576}
Document = Mapping[str, Any]


def table(document: Document) -> Table:
    """A table with the columns that stand in the document; one of them must be the primary name."""
    name = schema_name(document)
    columns = [column(each) for each in document.get("Attributes") or []]
    names = [each for each in document.get("Attributes") or [] if each.get("IsPrimaryName")]
    if len(names) != 1 or columns[document["Attributes"].index(names[0])].kind != "string":
        raise invalid_argument("One attribute of the type String must be the primary name (IsPrimaryName).")
    if document.get("IsActivity"):
        raise bad_request("Tables of activities are not covered here.")
    if document.get("OwnershipType", "UserOwned") not in ("UserOwned", "OrganizationOwned"):
        raise invalid_argument(f"OwnershipType '{document['OwnershipType']}' cannot be chosen.")
    primary = schema_name(names[0]).lower()
    return Table(
        name.lower(),
        _plural(name.lower()),
        (*SYSTEM, *with_companions(columns)),
        primary_name=primary,
        schema_name=name,
        words=words(document.get("DisplayName")) or name,
        many_words=words(document.get("DisplayCollectionName")) or f"{name}s",
    )


def column(document: Document) -> Column:
    """One column. A lookup is made with its relationship, so it is refused here."""
    kind = _kind(document)
    name = schema_name(document)
    found = Column(name.lower(), kind, schema_name=name, words=words(document.get("DisplayName")) or name)
    if kind == "picklist":
        found = replace(found, **_options(document))
    if kind == "boolean":
        found = replace(found, default=bool(document.get("DefaultValue", False)))
    if kind == "datetime" and document.get("Format") == "DateOnly":
        behaviour = (document.get("DateTimeBehavior") or {}).get("Value", "UserLocal")
        found = replace(found, kind="date" if behaviour == "DateOnly" else "datetime")
    return changed(found, document)


def lookup(document: Document, target: Table, relation: str) -> Column:
    name = schema_name(document)
    required = (document.get("RequiredLevel") or {}).get("Value") == "ApplicationRequired"
    return Column(
        name.lower(),
        "lookup",
        required=required,
        targets=(target.name,),
        # A custom lookup's property keeps the case of its schema name.
        navigation=name,
        schema_name=name,
        words=words(document.get("DisplayName")) or name,
        relation=relation,
    )


def changed(known: Column, document: Document) -> Column:
    """What a definition may say anew of a column that exists."""
    length = document.get("MaxLength", known.length)
    if known.kind in _LONGEST and (not isinstance(length, int) or not 0 < length <= _LONGEST[known.kind]):
        raise invalid_argument(f"MaxLength of '{known.name}' must be between 1 and {_LONGEST[known.kind]}.")
    level = (document.get("RequiredLevel") or {}).get("Value")
    return replace(
        known,
        length=length if known.kind in _LONGEST else known.length,
        minimum=document.get("MinValue", known.minimum),
        maximum=document.get("MaxValue", known.maximum),
        precision=document.get("Precision", known.precision),
        words=words(document.get("DisplayName")) or known.words,
        required=known.required if level is None else level in ("ApplicationRequired", "SystemRequired"),
    )


def with_companions(columns: list[Column]) -> list[Column]:
    """A file column has a second one beside it, with the file's name."""
    found = []
    for each in columns:
        found.append(each)
        if each.kind == "file":
            name = f"{each.name}_name"
            found.append(Column(name, length=200, read_only=True, schema_name=f"{each.schema_name}_Name", words=name))
    return found


def schema_name(document: Document) -> str:
    name = str(document.get("SchemaName") or "")
    if not _NAME.match(name):
        message = (
            f"'{name}' is not a SchemaName: a publisher's prefix, an underscore, then letters, digits, underscores."
        )
        raise invalid_argument(message)
    return name


def words(label: Any) -> str:
    """The first of a label's words."""
    found = (label or {}).get("LocalizedLabels") or [{}]
    return str(found[0].get("Label") or "")


def _kind(document: Document) -> Kind:
    written = str(document.get("@odata.type", "")).removeprefix("#").removeprefix(_PREFIX)
    short = written.removeprefix("Complex").removesuffix("AttributeMetadata")
    if short == "Lookup":
        raise bad_request("A lookup is created with its relationship, by RelationshipDefinitions.")
    if short not in _KINDS:
        raise bad_request(f"Attributes of the type '{written}' are not covered here.")
    return _KINDS[short]


def _options(document: Document) -> dict[str, Any]:
    given = document.get("OptionSet") or {}
    if given.get("IsGlobal"):
        raise bad_request("Global option sets are not covered here.")
    values = [(each.get("Value"), words(each.get("Label"))) for each in given.get("Options") or []]
    if not values or any(not isinstance(value, int) for value, _ in values):
        raise invalid_argument("OptionSet needs Options, each with a whole number as its Value.")
    if len({value for value, _ in values}) != len(values):
        raise Fault(400, "0x80048403", "Two options of one set have the same value.")
    default = document.get("DefaultFormValue")
    default = default if default in dict(values) else None
    return {"options": tuple(value for value, _ in values), "labels": dict(values), "default": default}


def _plural(name: str) -> str:
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"
