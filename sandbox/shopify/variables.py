"""Variables against their declared types: what does not fit, as one INVALID_VARIABLE error per variable."""

import json
import re
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    print_ast,
    type_from_ast,
)

from sandbox.shopify.schema import ONE_OF, SCHEMA, one_of_problem

Problem = tuple[list[str | int], str]

_GID = re.compile(r"^gid://[\w-]+/\w+/\S+$")
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$")
_INT = 2**31


def invalid(operation: OperationDefinitionNode, given: dict[str, Any]) -> list[dict[str, Any]]:
    """One error for each variable whose value does not fit, in the shape recorded from live shops."""
    found = []
    for one in operation.variable_definitions:
        name = one.variable.name.value
        value = given.get(name, Undefined)
        if value is Undefined and one.default_value is not None:
            continue
        kind = type_from_ast(SCHEMA, one.type)
        assert kind is not None, "validated documents name known types only"
        problems = _problems(kind, None if value is Undefined else value, [])  # type: ignore[arg-type]
        if problems:
            found.append(_error(one, None if value is Undefined else value, problems))
    return found


def _error(one: VariableDefinitionNode, value: Any, problems: list[Problem]) -> dict[str, Any]:
    where = [f"{'.'.join(map(str, path))} ({why})" for path, why in problems if path]
    message = f"Variable ${one.variable.name.value} of type {print_ast(one.type)} was provided invalid value"
    error: dict[str, Any] = {"message": message + (f" for {', '.join(where)}" if where else "")}
    if one.loc is not None:
        place = one.loc.source.get_location(one.loc.start)
        error["locations"] = [{"line": place.line, "column": place.column}]
    listed = [{"path": path, "explanation": why} for path, why in problems]
    return error | {"extensions": {"code": "INVALID_VARIABLE", "value": value, "problems": listed}}


def _problems(kind: GraphQLInputType, value: Any, path: list[str | int]) -> list[Problem]:
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            return [(path, "Expected value to not be null")]
        return _problems(kind.of_type, value, path)
    if value is None:
        return []
    if isinstance(kind, GraphQLList):
        items = value if isinstance(value, list) else [value]
        return [one for place, item in enumerate(items) for one in _problems(kind.of_type, item, [*path, place])]
    if isinstance(kind, GraphQLInputObjectType):
        return _of_object(kind, value, path)
    if isinstance(kind, GraphQLEnumType):
        known = list(kind.values)
        return [] if value in known else [(path, f"Expected {json.dumps(value)} to be one of: {', '.join(known)}")]
    assert isinstance(kind, GraphQLScalarType)
    why = _of_scalar(kind, value)
    return [(path, why)] if why else []


def _of_object(kind: GraphQLInputObjectType, value: Any, path: list[str | int]) -> list[Problem]:
    if not isinstance(value, dict):
        return [(path, f"Expected {json.dumps(value)} to be a key-value object.")]
    unknown = [name for name in value if name not in kind.fields]
    found: list[Problem] = [([*path, name], f"Field is not defined on {kind.name}") for name in unknown]
    for name, field in kind.fields.items():
        if name in value or field.default_value is Undefined:
            found += _problems(field.type, value.get(name), [*path, name])
    why = one_of_problem(kind.name, value, list(kind.fields)) if kind.name in ONE_OF else None
    return [*found, (path, why)] if why else found


def _of_scalar(kind: GraphQLScalarType, value: Any) -> str | None:
    """None when the value fits."""
    if kind.name == "ID":
        return None if isinstance(value, str) and _GID.match(value) else f"Invalid global id '{value}'"
    if kind.name == "Int":
        fits = isinstance(value, int) and not isinstance(value, bool) and -_INT <= value < _INT
    elif kind.name in ("String", "URL"):
        fits = isinstance(value, str)
    elif kind.name == "DateTime":
        fits = isinstance(value, str) and _MOMENT.match(value) is not None
    elif kind.name == "UnsignedInt64":
        fits = str(value).isdigit()
    else:
        try:
            kind.parse_value(value)
            fits = True
        except GraphQLError:
            fits = False
    return None if fits else f"Could not coerce value {json.dumps(value)} to {kind.name}"
