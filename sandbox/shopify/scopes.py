"""Access scopes: what each root field asks for, and the refusal when the app was not granted it."""

from typing import Any

from graphql import GraphQLError

from sandbox.shopify.shop import Shop

# The scopes an app of this sandbox is granted unless the control server says otherwise; a write scope grants its read.
GRANTED = (
    "read_all_orders",
    "read_customers",
    "read_locations",
    "read_payment_terms",
    "read_products",
    "read_store_credit_accounts",
    "write_inventory",
    "write_orders",
    "write_returns",
    "write_store_credit_account_transactions",
)
_DOCUMENTATION = "https://shopify.dev/api/usage/access-scopes"
_WANTED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("order", "orders", "ordersCount", "orderByIdentifier", "refund", "fulfillment"), ("read_orders",)),
    **dict.fromkeys(("customer", "customers", "customersCount", "customerByIdentifier"), ("read_customers",)),
    **dict.fromkeys(("return", "returnCalculate", "returnReasonDefinitions"), ("read_returns",)),
    **dict.fromkeys(("returnableFulfillment", "returnableFulfillments"), ("read_returns",)),
    **dict.fromkeys(("reverseDelivery", "reverseFulfillmentOrder"), ("read_returns",)),
    **dict.fromkeys(("location", "locations", "locationsCount"), ("read_locations", "read_inventory")),
    **dict.fromkeys(("inventoryItem", "inventoryItems"), ("read_inventory", "read_products")),
    **dict.fromkeys(("inventoryLevel", "inventoryProperties"), ("read_inventory",)),
    **dict.fromkeys(("productVariant", "productVariants"), ("read_products",)),
    "storeCreditAccount": ("read_store_credit_accounts",),
    **dict.fromkeys(("refundCreate", "orderCancel"), ("write_orders",)),
    **dict.fromkeys(
        ("storeCreditAccountCredit", "storeCreditAccountDebit"), ("write_store_credit_account_transactions",)
    ),
    **dict.fromkeys(
        (
            "inventoryActivate",
            "inventoryAdjustQuantities",
            "inventoryDeactivate",
            "inventoryMoveQuantities",
            "inventorySetOnHandQuantities",
            "inventorySetQuantities",
        ),
        ("write_inventory",),
    ),
    **dict.fromkeys(
        (
            "removeFromReturn",
            "returnApproveRequest",
            "returnCancel",
            "returnClose",
            "returnCreate",
            "returnDeclineRequest",
            "returnLineItemRemoveFromReturn",
            "returnProcess",
            "returnRefund",
            "returnReopen",
            "returnRequest",
            "reverseDeliveryCreateWithShipping",
            "reverseDeliveryShippingUpdate",
            "reverseFulfillmentOrderDispose",
        ),
        ("write_returns",),
    ),
}


def short(shop: Shop) -> list[str]:
    """As a token's answer tells them: a write scope stands for its read scope too."""
    kept = shop.books.get("shopify.scopes", "granted")
    return list(GRANTED) if kept is None else list(kept["scopes"])


def granted(shop: Shop) -> list[str]:
    """Everything the app may do, as `currentAppInstallation` lists it: a write scope comes with its read scope."""
    scopes = short(shop)
    implied = [f"read_{scope.removeprefix('write_')}" for scope in scopes if scope.startswith("write_")]
    return sorted({*scopes, *implied})


def grant(shop: Shop, scopes: list[str] | None) -> None:
    """None goes back to the usual ones."""
    if scopes is None:
        shop.books.delete("shopify.scopes", "granted")
    else:
        shop.books.put("shopify.scopes", "granted", {"scopes": scopes})


def guarded(shop: Shop, name: str, resolve: Any) -> Any:
    """The root field `name`, refused at the top level when none of its scopes is granted."""
    wanted = _WANTED.get(name)
    if wanted is None:
        return resolve

    def guard(info: Any, **args: Any) -> Any:
        held = short(shop)
        if not any(one in held or one.replace("read_", "write_", 1) in held for one in wanted):
            listed = " or ".join(f"`{scope}` access scope" for scope in wanted) + "."
            more = {"code": "ACCESS_DENIED", "documentation": _DOCUMENTATION, "requiredAccess": listed}
            raise GraphQLError(f"Access denied for {name} field. Required access: {listed}", extensions=more)
        return resolve(info, **args)

    return guard
