"""The executable schema: our own subset of the published Admin API, with its scalars and its one-of inputs."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from graphql import (
    FloatValueNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    IntValueNode,
    StringValueNode,
    ValueNode,
    build_schema,
)

FILES = ("roots", "orders", "customers", "returns", "reverse", "refunds", "stock", "shop", "bulk")
# Of these inputs exactly one field may be given.
ONE_OF = (
    "CustomerIdentifierInput",
    "ExchangeLineItemAppliedDiscountValueInput",
    "OrderCancelRefundMethodInput",
    "OrderIdentifierInput",
    "RefundMethodInput",
    "ReturnProcessFinancialTransferInput",
)


def one_of_problem(name: str, given: dict[str, Any], known: list[str]) -> str | None:
    """What is wrong with a one-of input, in the words recorded for another input of that kind."""
    if len([value for value in given.values() if value is not None]) == 1 and len(given) == 1:
        return None
    return f"{name} must include exactly one of the following arguments: {', '.join(sorted(known))}."


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


def _only_one(kind: GraphQLInputObjectType) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def out(given: dict[str, Any]) -> dict[str, Any]:
        problem = one_of_problem(kind.name, given, list(kind.fields))
        if problem:
            raise GraphQLError(problem, extensions={"code": "INVALID_FIELD_ARGUMENTS"})
        return given

    return out


def _build() -> GraphQLSchema:
    folder = Path(__file__).parent
    schema = build_schema("\n".join((folder / f"{name}.graphql").read_text() for name in FILES))
    for name in ("Decimal", "Money"):
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        scalar.parse_value = _decimal  # type: ignore[method-assign]
        scalar.parse_literal = _decimal_literal  # type: ignore[method-assign,assignment]
        scalar.serialize = str  # type: ignore[method-assign,assignment]
    number = schema.type_map["UnsignedInt64"]
    assert isinstance(number, GraphQLScalarType)
    number.serialize = str  # type: ignore[method-assign,assignment]
    for name in ONE_OF:
        one = schema.type_map[name]
        assert isinstance(one, GraphQLInputObjectType)
        one.out_type = _only_one(one)  # type: ignore[method-assign,assignment]
    return schema


SCHEMA = _build()
