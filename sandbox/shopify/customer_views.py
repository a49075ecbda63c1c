"""Customers and their store credit as the schema shows them."""

from typing import Any

from sandbox.shopify import credit
from sandbox.shopify.amounts import money
from sandbox.shopify.gids import connection, node
from sandbox.shopify.order_views import order_view, transaction_view
from sandbox.shopify.shop import Doc, Shop, captured, refunded, transaction_of

View = dict[str, Any]


def customer_view(shop: Shop, customer: Doc) -> View:
    from sandbox.shopify.listing import orders_found

    number = customer["id"]

    def orders() -> list[Doc]:
        return [one for one in shop.books.all("shopify.order") if one["customer"]["id"] == number]

    def spent(_info: Any) -> View:
        mine = orders()
        currency = mine[0]["currency"] if mine else "EUR"
        same = [one for one in mine if one["currency"] == currency]
        return money(sum(captured(one) - refunded(one) for one in same), currency)

    def listed(info: Any, query: str | None = None, sortKey: str = "ID", **paging: Any) -> Any:  # noqa: N803
        found = orders_found(shop, orders(), query, sortKey)
        return connection(lambda: [order_view(shop, one) for one in found])(info, **paging)

    def last(_info: Any) -> View | None:
        mine = orders()
        return order_view(shop, max(mine, key=lambda one: one["created_at"])) if mine else None

    return node(
        "Customer",
        number,
        legacyResourceId=number,
        displayName=f"{customer['first_name']} {customer['last_name']}".strip() or customer["email"],
        firstName=customer["first_name"] or None,
        lastName=customer["last_name"] or None,
        email=customer["email"],
        phone=None,
        state="DISABLED",
        tags=customer["tags"],
        note=None,
        createdAt=customer.get("at"),
        updatedAt=customer.get("updated_at"),
        numberOfOrders=lambda _info: len(orders()),
        amountSpent=spent,
        taxExempt=False,
        verifiedEmail=True,
        defaultEmailAddress={"emailAddress": customer["email"]},
        defaultPhoneNumber=None,
        lastOrder=last,
        orders=listed,
        storeCreditAccounts=connection(lambda: [account_view(shop, one) for one in credit.accounts_of(shop, number)]),
    )


def account_view(shop: Shop, account: Doc) -> View:
    def owner(_info: Any) -> View:
        customer = shop.customer(account["customer_id"])
        assert customer is not None
        return customer_view(shop, customer)

    return node(
        "StoreCreditAccount",
        account["id"],
        balance=lambda _info: money(credit.balance(shop, account), account["currency"]),
        owner=owner,
        transactions=connection(
            lambda: [credit_view(shop, one) for one in reversed(credit.transactions_of(shop, account["id"]))]
        ),
    )


def credit_view(shop: Shop, entry: Doc) -> View:
    account = shop.books.get("shopify.creditAccount", str(entry["account_id"]))
    assert account is not None
    currency = account["currency"]

    def origin(_info: Any) -> View | None:
        if entry["origin"] is None:
            return None
        order = shop.the_order(entry["origin"]["order"])
        paid = transaction_of(order, entry["origin"]["id"])
        return transaction_view(shop, order, paid) if paid else None

    view = node(
        "StoreCreditAccountCreditTransaction" if entry["kind"] == "credit" else "StoreCreditAccountDebitTransaction",
        entry["id"],
        account=lambda _info: account_view(shop, account),
        amount=money(entry["amount"], currency),
        balanceAfterTransaction=money(entry["balance"], currency),
        createdAt=entry["at"],
        event=entry["event"],
        origin=origin,
    )
    if entry["kind"] == "credit":
        view |= {"expiresAt": entry["expires_at"], "remainingAmount": money(entry["remaining"], currency)}
    return view
