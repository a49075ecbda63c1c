"""The executable schema: our own subset of the published Admin API, with its scalars."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from graphql import (
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    IntValueNode,
    StringValueNode,
    ValueNode,
    build_schema,
)

_FILES = ("orders.graphql", "returns.graphql", "stock.graphql")


def _decimal(value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise GraphQLError(f"Decimal cannot represent {value!r}")
    return str(value)


def _decimal_literal(node: ValueNode, _variables: Any = None) -> str:
    if not isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        raise GraphQLError("Decimal must be written as a string or a number")
    return _decimal(node.value)


def _build() -> GraphQLSchema:
    folder = Path(__file__).parent
    schema = build_schema("\n".join((folder / name).read_text() for name in _FILES))
    for name in ("Decimal", "Money"):
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        scalar.parse_value = _decimal  # type: ignore[method-assign]
        scalar.parse_literal = _decimal_literal  # type: ignore[method-assign,assignment]
        scalar.serialize = str  # type: ignore[method-assign,assignment]
    number = schema.type_map["UnsignedInt64"]
    assert isinstance(number, GraphQLScalarType)
    number.serialize = str  # type: ignore[method-assign,assignment]
    return schema


SCHEMA = _build()
