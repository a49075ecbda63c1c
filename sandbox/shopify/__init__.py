"""A Shopify shop: the Admin GraphQL API of our own subset, its rules, stock, refunds and webhooks."""

import functools
import json
from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, parse
from starlette.responses import JSONResponse, Response

from sandbox.shopify.answering import Answering
from sandbox.shopify.app import Endpoints
from sandbox.shopify.controls import Controls
from sandbox.shopify.cost import Bucket
from sandbox.shopify.limits import complaint, quota
from sandbox.shopify.seed import seed
from sandbox.shopify.shop import Shop
from sandbox.vendor import Vendor
from sandbox.world import World


def build(world: World) -> Vendor:
    shop, bucket = Shop(world), Bucket()
    answering = Answering(shop, bucket)

    def throttled(retry_after: float) -> Response:
        # The wait a client works out from this answer is the one the fault plan asked for.
        asked = 10
        rate = bucket.status()["restoreRate"]
        return JSONResponse(answering.throttled(asked, asked - retry_after * rate))

    return Vendor(
        name="shopify",
        app=Endpoints(shop, answering).app(),
        operation=operation,
        throttled=throttled,
        seed=lambda document: seed(shop, document),
        books_view=lambda: view(world),
        controls=Controls(shop, bucket).routes(),
        background=shop.webhooks.deliver_forever,
        complaint=complaint,
        quota=quota,
    )


def operation(method: str, path: str, body: bytes) -> str:
    """The first root field of the document ("returnProcess"); TOKEN for the token endpoint; else method and path."""
    if path.startswith("/admin/oauth/access_token"):
        return "TOKEN"
    for files in ("/staged-uploads", "/bulk-operation-outputs"):
        if path.startswith(files):
            return f"{method} {files}"
    try:
        return _root_field(str(json.loads(body)["query"]) if body.lstrip().startswith(b'{"') else body.decode())
    except (ValueError, KeyError, TypeError, GraphQLError):
        return f"{method} {path.partition('?')[0]}"


@functools.lru_cache(maxsize=256)
def _root_field(query: str) -> str:
    for one in parse(query).definitions:
        if isinstance(one, OperationDefinitionNode):
            for field in one.selection_set.selections:
                if isinstance(field, FieldNode):
                    return field.name.value
    raise ValueError("the document has no operation")


def view(world: World) -> dict[str, Any]:
    books = world.books
    return {
        "orders": {str(one["id"]): one for one in books.all("shopify.order")},
        "returns": {str(one["id"]): one for one in books.all("shopify.return")},
        "refunds": {str(one["id"]): one for one in books.all("shopify.refund")},
        "stock": {one["sku"]: one for one in books.all("shopify.stock")},
        "adjustments": books.all("shopify.adjustment"),
        "customers": books.all("shopify.customer"),
        "store_credit": books.all("shopify.creditTransaction"),
        "reverse_deliveries": books.all("shopify.reverseDelivery"),
        "bulk_operations": books.all("shopify.bulk"),
        "webhooks": books.all("shopify.webhook"),
        "subscriptions": books.all("shopify.subscription"),
    }
