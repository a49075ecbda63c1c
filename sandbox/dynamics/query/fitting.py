"""Do the columns of a condition exist, and do its values fit their types? In the words of the OData layer."""

from __future__ import annotations

import uuid
from dataclasses import replace

from sandbox.dynamics.catalogue import Catalogue
from sandbox.dynamics.errors import bad_request
from sandbox.dynamics.query import conditions
from sandbox.dynamics.query.filters import FUNCTIONS, Among, Condition, Group, Literal, Opposite, Span, Test
from sandbox.dynamics.schema import Column, Table
from sandbox.dynamics.users import USER

EDM = {
    "string": "Edm.String",
    "memo": "Edm.String",
    "integer": "Edm.Int32",
    "picklist": "Edm.Int32",
    "bigint": "Edm.Int64",
    "double": "Edm.Double",
    "decimal": "Edm.Decimal",
    "money": "Edm.Decimal",
    "boolean": "Edm.Boolean",
    "datetime": "Edm.DateTimeOffset",
    "date": "Edm.Date",
    "lookup": "Edm.Guid",
    "id": "Edm.Guid",
    "guid": "Edm.Guid",
    "file": "Edm.Guid",
}
_FITS = {"Edm.String": "text", "Edm.Boolean": "boolean", "Edm.DateTimeOffset": "moment", "Edm.Date": "moment"}
_WRITTEN = {"text": "Edm.String", "number": "Edm.Double", "boolean": "Edm.Boolean", "moment": "Edm.DateTimeOffset"}
_KINDS = {"eq": "Equal", "ne": "NotEqual", "gt": "GreaterThan", "ge": "GreaterThanOrEqual", "lt": "LessThan"}


def fitted(catalogue: Catalogue, table: Table, condition: Condition) -> Condition:
    """The condition with its values in the columns' types; raises for an unknown column or a value of another type."""
    if isinstance(condition, Group):
        return replace(condition, parts=tuple(fitted(catalogue, table, part) for part in condition.parts))
    if isinstance(condition, Opposite):
        return Opposite(fitted(catalogue, table, condition.part))
    if isinstance(condition, Among):
        return _among(catalogue, table, condition)
    if isinstance(condition, Span):
        known(table, condition.column)
        now = catalogue.now()
        return conditions.fitted(table, "", condition.column, condition.operator, [condition.value], now, USER)
    kind = kind_of(catalogue, table, condition.column)
    if condition.operator in FUNCTIONS and EDM[kind] != "Edm.String":
        raise bad_request(
            f"No function signature for the function with name '{condition.operator}' matches the specified arguments."
        )
    values = tuple(_value(catalogue, table, condition, kind, value) for value in condition.values)
    return replace(condition, values=values)


def _among(catalogue: Catalogue, table: Table, condition: Among) -> Condition:
    other = catalogue.collected(table, condition.collection)
    if other is None:
        name = condition.collection
        raise bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")
    part = None if condition.part is None else fitted(catalogue, other, condition.part)
    return replace(condition, part=part)


def known(table: Table, name: str) -> Column | None:
    """The column of that name as it is read; None for the row's id. Raises when there is neither."""
    column = table.stored(name)
    if column is None and name != table.id:
        raise bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")
    return column


def kind_of(catalogue: Catalogue, table: Table, path: str) -> str:
    """The kind of a column, `id` for the row's own; a path leads over one lookup."""
    navigation, _, name = path.rpartition("/")
    if navigation:
        bound = table.bound_by(navigation)
        target = catalogue.find(bound[1]) if bound else None
        if target is None:
            known(table, navigation.partition("/")[0])
            raise bad_request(f"The path '{path}' cannot be followed here.")
        table = target
    column = known(table, name)
    return "id" if column is None else column.kind


def _value(catalogue: Catalogue, table: Table, test: Test, kind: str, value: Literal) -> Literal:
    edm = EDM[kind]
    if value.kind == "null":
        return value
    if value.kind == "column":
        other = EDM[kind_of(catalogue, table, str(value.value))]
        if other != edm:
            raise _incompatible(test, edm, other)
        return value
    if edm == "Edm.Guid":
        if value.kind == "guid":
            return value
        if value.kind == "text":
            # A quoted GUID is taken for one.
            try:
                return Literal("guid", str(uuid.UUID(str(value.value))))
            except ValueError:
                pass
        raise _incompatible(test, edm, _WRITTEN.get(value.kind, "Edm.Guid"))
    if test.operator.endswith(("in", "between")) and value.kind == "text":
        return _unquoted(test, edm, value)
    if value.kind != _FITS.get(edm, "number"):
        raise _incompatible(test, edm, _WRITTEN.get(value.kind, "Edm.Guid"))
    return value


def _unquoted(test: Test, edm: str, value: Literal) -> Literal:
    """Query functions take every value as a text."""
    kind = _FITS.get(edm, "number")
    if kind != "number":
        return Literal(kind, str(value.value).lower() == "true" if kind == "boolean" else value.value)
    try:
        return Literal("number", float(str(value.value)))
    except ValueError:
        raise _incompatible(test, edm, "Edm.String") from None


def _incompatible(test: Test, left: str, right: str) -> Exception:
    return bad_request(
        f"A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}'"
        f" for operator kind '{_KINDS.get(test.operator, 'LessThanOrEqual')}'."
    )
