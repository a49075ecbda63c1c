"""Answers one GraphQL request: parse, validate, price, execute in one transaction, say errors in Shopify's words."""

import functools
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, execute_sync, parse, validate

from sandbox.shopify.cost import MOST_FOR_ONE, Bucket, Price
from sandbox.shopify.resolvers import root
from sandbox.shopify.schema import SCHEMA
from sandbox.shopify.shop import Shop
from sandbox.shopify.variables import invalid
from sandbox.shopify.wording import failed, invalid_document, unreadable

_DOCUMENTATION = "https://shopify.dev/api/usage/rate-limits"


class BrokenResolver(Exception):
    """A resolver failed in a way that is the sandbox's own fault; the transaction is rolled back."""


class Answering:
    def __init__(self, shop: Shop, bucket: Bucket) -> None:
        self._shop, self._bucket = shop, bucket
        self._root = root(shop, self.execute)

    def answer(self, query: str, variables: dict[str, Any], operation_name: str | None) -> dict[str, Any]:
        document, errors = parsed(query)
        if document is None:
            return {"errors": list(errors)}
        operation = _operation(document, operation_name)
        if isinstance(operation, str):
            return {"errors": [{"message": operation, "extensions": {"code": "BAD_REQUEST"}}]}
        problems = invalid(operation, variables)
        if problems:
            return {"errors": problems}
        price = _priced(query, operation_name)
        cost = price.requested(variables)
        if cost > MOST_FOR_ONE:
            return {"errors": [_too_costly(cost)]}
        if not self._bucket.take(cost):
            return self.throttled(cost, self._bucket.available())
        data, failures = self.execute(document, variables, operation_name)
        actual = min(price.actual(data), cost)
        self._bucket.give_back(cost - actual)
        answer: dict[str, Any] = {"data": data}
        if failures:
            answer["errors"] = failures
        return answer | {"extensions": {"cost": self._cost(cost, actual)}}

    def execute(
        self, document: DocumentNode, variables: dict[str, Any], operation_name: str | None, context: Any = None
    ) -> tuple[Any, list[dict[str, Any]]]:
        """(data, errors) of a valid document, in one transaction."""
        with self._shop.books.transaction():
            result = execute_sync(
                SCHEMA,
                document,
                root_value=self._root,
                context_value=context,
                variable_values=variables,
                operation_name=operation_name,
            )
            for error in result.errors or []:
                if not (error.extensions or {}).get("code"):
                    raise BrokenResolver(error.message) from error
        return result.data, [failed(error) for error in result.errors or []]

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
def parsed(query: str) -> tuple[DocumentNode | None, tuple[dict[str, Any], ...]]:
    """The document, or what is wrong with it."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, (unreadable(error),)
    # Shopify was recorded to take documents in which one name has two types, as long as it means one field.
    errors = [error for error in validate(SCHEMA, document) if "they return conflicting types" not in error.message]
    if errors:
        return None, tuple(invalid_document(document, error) for error in errors)
    return document, ()


@functools.lru_cache(maxsize=256)
def _priced(query: str, operation_name: str | None) -> Price:
    """Of a valid document with such an operation."""
    document, _ = parsed(query)
    assert document is not None
    operation = _operation(document, operation_name)
    assert isinstance(operation, OperationDefinitionNode)
    return Price(document, operation)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | str:
    """The operation to run, or why there is none."""
    known = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name:
        chosen = next((one for one in known if one.name and one.name.value == name), None)
    else:
        chosen = known[0] if len(known) == 1 else None
    if chosen is None:
        return f'No operation named "{name}"' if name else "An operation name is required"
    return "Schema is not configured for subscriptions" if chosen.operation.value == "subscription" else chosen


def _too_costly(cost: int) -> dict[str, Any]:
    return {
        "message": f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST_FOR_ONE}).",
        "extensions": {
            "code": "MAX_COST_EXCEEDED",
            "cost": cost,
            "maxCost": MOST_FOR_ONE,
            "documentation": _DOCUMENTATION,
        },
    }
