"""Answers one GraphQL request: parse, validate, price, execute in one transaction, say errors in Shopify's words."""

import functools
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from sandbox.shopify.cost import MOST_FOR_ONE, Bucket, requested
from sandbox.shopify.resolvers import root
from sandbox.shopify.schema import SCHEMA
from sandbox.shopify.shop import Shop
from sandbox.shopify.wording import failed, invalid_document, invalid_variables

_DOCUMENTATION = "https://shopify.dev/api/usage/rate-limits"


class BrokenResolver(Exception):
    """A resolver failed in a way that is the sandbox's own fault; the transaction is rolled back."""


class Answering:
    def __init__(self, shop: Shop, bucket: Bucket) -> None:
        self._shop, self._bucket, self._root = shop, bucket, root(shop)

    def answer(self, query: str, variables: dict[str, Any], operation_name: str | None) -> dict[str, Any]:
        document, errors = _parsed(query)
        if document is None:
            return {"errors": errors}
        operation = get_operation_ast(document, operation_name)
        if operation is None:
            return {"errors": [{"message": "An operation name is required", "extensions": {"code": "BAD_REQUEST"}}]}
        problems = _variable_problems(operation, variables)
        if problems:
            return {"errors": [invalid_variables(problems)]}
        cost = requested(document, variables)
        if cost > MOST_FOR_ONE:
            return {"errors": [_too_costly(cost)]}
        if not self._bucket.take(cost):
            return self.throttled(cost, self._bucket.available())
        with self._shop.books.transaction():
            result = execute_sync(
                SCHEMA, document, root_value=self._root, variable_values=variables, operation_name=operation_name
            )
            for error in result.errors or []:
                if not (error.extensions or {}).get("code"):
                    raise BrokenResolver(error.message) from error
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [failed(error) for error in result.errors]
        return answer | {"extensions": {"cost": self._cost(cost, cost)}}

    def throttled(self, cost: int, available: float) -> dict[str, Any]:
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": _DOCUMENTATION}}
        return {"errors": [error], "extensions": {"cost": self._cost(cost, None, available)}}

    def _cost(self, asked: int, actual: int | None, available: float | None = None) -> dict[str, Any]:
        return {
            "requestedQueryCost": asked,
            "actualQueryCost": actual,
            "throttleStatus": self._bucket.status(available),
        }


@functools.lru_cache(maxsize=256)
def _parsed(query: str) -> tuple[DocumentNode | None, tuple[dict[str, Any], ...]]:
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, ({"message": error.message, "extensions": {"code": "PARSE_ERROR"}},)
    errors = validate(SCHEMA, document)
    if errors:
        return None, tuple(invalid_document(error) for error in errors)
    return document, ()


def _variable_problems(operation: OperationDefinitionNode, variables: dict[str, Any]) -> list[GraphQLError]:
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), variables)
    return values if isinstance(values, list) else []


def _too_costly(cost: int) -> dict[str, Any]:
    return {
        "message": f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST_FOR_ONE}).",
        "extensions": {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": MOST_FOR_ONE},
    }
