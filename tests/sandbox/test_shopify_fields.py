"""Every field the schema promises is really answered: a document that asks for everything near each root."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_interface_type,
    is_leaf_type,
    is_required_argument,
    is_union_type,
)

from sandbox import credentials
from sandbox.books import Books
from sandbox.shopify import resolvers
from sandbox.shopify.schema import SCHEMA
from sandbox.shopify.shop import Shop as Resolved
from sandbox.world import World
from tests.sandbox.test_shopify_customers import credited, customer
from tests.sandbox.test_shopify_returns import PROCESS, opened, processing
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox
from tests.stack.shopify import Shop

NUMBER = 8_695_001
# What a field with required arguments is asked with; those left out have tests of their own.
ARGUMENTS = {"quantities": '(names: ["available", "on_hand"])'}
ROOTS = [
    "shop",
    "currentAppInstallation",
    "publicApiVersions",
    "inventoryProperties",
    "location",
    "customers(first: 2)",
    "inventoryItems(first: 2)",
    "productVariants(first: 2)",
    "locations(first: 2)",
    "webhookSubscriptions(first: 2)",
    "bulkOperations(first: 2)",
    "returnReasonDefinitions(first: 2)",
    'order(id: "{order}")',
    'return(id: "{return}")',
    'refund(id: "{refund}")',
    'fulfillment(id: "{fulfillment}")',
    'storeCreditAccount(id: "{account}")',
    'reverseFulfillmentOrder(id: "{reverse}")',
    'reverseDelivery(id: "{delivery}")',
    'returnableFulfillments(first: 1, orderId: "{order}")',
]
SEEN = """query($id: ID!) { order(id: $id) { fulfillments { id } refunds { id }
  returns(first: 1) { nodes { id reverseFulfillmentOrders(first: 1) { nodes { id } } } } } }"""
DELIVER = """mutation($id: ID!) { reverseDeliveryCreateWithShipping(reverseFulfillmentOrderId: $id,
  reverseDeliveryLineItems: [], trackingInput: {number: "1Z"}, labelInput: {fileUrl: "https://x.test/l.pdf"}) {
    reverseDelivery { id } userErrors { message } } }"""


@pytest.fixture(scope="module")
def shop(sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(sandbox) as one:
        yield one


@pytest.fixture(scope="module")
def known(sandbox: Sandbox, shop: Shop) -> dict[str, str]:
    """The ids of one order with everything that can happen to it."""
    sandbox.seed(order(NUMBER))
    order_id = f"gid://shopify/Order/{NUMBER}"
    shop.do(PROCESS, input=processing(shop, opened(shop, NUMBER), 1, "1.00"))
    account = credited(shop, customer(NUMBER), "5.00")["storeCreditAccountTransaction"]["account"]["id"]
    found = shop.data(SEEN, id=order_id)["order"]
    one = found["returns"]["nodes"][0]
    reverse = one["reverseFulfillmentOrders"]["nodes"][0]["id"]
    return {
        "order": order_id,
        "return": one["id"],
        "refund": found["refunds"][0]["id"],
        "fulfillment": found["fulfillments"][0]["id"],
        "account": account,
        "reverse": reverse,
        "delivery": shop.do(DELIVER, id=reverse)["reverseDelivery"]["id"],
    }


def everything(kind: Any, depth: int) -> str:
    """A selection of every field of a type, and of what is in it down to a depth."""
    if is_leaf_type(kind):
        return ""
    if is_union_type(kind):
        parts = [f"... on {one.name} {everything(one, depth)}" for one in kind.types]
        return "{ __typename " + " ".join(parts) + " }"
    chosen = ["__typename", *(_field(name, field, depth) for name, field in kind.fields.items())]
    if is_interface_type(kind) and depth > 0:
        chosen += [f"... on {one.name} {everything(one, depth - 1)}" for one in SCHEMA.get_possible_types(kind)]
    return "{ " + " ".join(chosen) + " }"


def _field(name: str, field: GraphQLField, depth: int) -> str:
    inner = get_named_type(field.type)
    if any(is_required_argument(one) for one in field.args.values()) and name not in ARGUMENTS:
        return ""
    if is_leaf_type(inner):
        return name
    wrapper = inner.name.endswith(("Connection", "Edge"))
    if depth <= 0 and not wrapper:
        return ""
    paged = "(first: 1)" if inner.name.endswith("Connection") else ARGUMENTS.get(name, "")
    below = everything(inner, depth - (0 if wrapper else 1)) if depth > 0 else ""
    return f"{name}{paged} {below}" if below else ""


@pytest.mark.parametrize("root", ROOTS)
def test_everything_near_a_root_is_answered(shop: Shop, known: dict[str, str], root: str) -> None:
    assert isinstance(SCHEMA.query_type, GraphQLObjectType)
    asked = root
    for name, value in known.items():
        asked = asked.replace("{" + name + "}", value)
    field = SCHEMA.query_type.fields[root.partition("(")[0]]
    found = shop.data("{ " + asked + " " + everything(get_named_type(field.type), 2) + " }")
    assert found[root.partition("(")[0]] is not None


def test_every_query_and_mutation_has_its_resolver_and_no_other(tmp_path: Path) -> None:
    shop = Resolved(World(Books(":memory:"), credentials.load(tmp_path)))
    known = resolvers.root(shop, lambda *_: (None, []))
    assert SCHEMA.query_type is not None
    assert SCHEMA.mutation_type is not None
    assert set(known) == {*SCHEMA.query_type.fields, *SCHEMA.mutation_type.fields}
