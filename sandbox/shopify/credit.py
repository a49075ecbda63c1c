"""Store credit: one account per customer and currency, credited and debited; also by refunds. The rules of both."""

from datetime import datetime

from sandbox.shopify.amounts import read
from sandbox.shopify.gids import kind_of, number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import Doc, Shop


def credit(shop: Shop, target: str, wish: Doc) -> Doc:
    """`target` is an account or a customer, who gets an account when there is none. Answers the transaction."""
    money = wish["creditAmount"]
    amount = read(money["amount"], money["currencyCode"])
    if amount <= 0:
        reason = "A positive amount must be used to credit a store credit account."
        raise Refusal(reason, "NEGATIVE_OR_ZERO_AMOUNT", "creditInput", "creditAmount", "amount")
    expires = wish.get("expiresAt")
    if expires is not None and _moment(expires) <= shop.now():
        raise Refusal("The expiry date must be in the future.", "EXPIRES_AT_IN_PAST", "creditInput", "expiresAt")
    account = _account(shop, target, money["currencyCode"], "creditInput", "creditAmount", opening=True)
    return _book(shop, account, "credit", amount, "ADJUSTMENT", None, expires)


def debit(shop: Shop, target: str, wish: Doc) -> Doc:
    money = wish["debitAmount"]
    amount = read(money["amount"], money["currencyCode"])
    where = ("debitInput", "debitAmount", "amount")
    if amount <= 0:
        reason = "A positive amount must be used to debit a store credit account."
        raise Refusal(reason, "NEGATIVE_OR_ZERO_AMOUNT", *where)
    account = _account(shop, target, money["currencyCode"], "debitInput", "debitAmount", opening=False)
    if amount > balance(shop, account):
        reason = "The store credit account does not have sufficient funds to satisfy the request."
        raise Refusal(reason, "INSUFFICIENT_FUNDS", *where)
    _spend(shop, account, amount)
    return _book(shop, account, "debit", -amount, "ADJUSTMENT", None, None)


def refunded(shop: Shop, order: Doc, amount: int, transaction: int, expires_at: str | None) -> None:
    """What a refund gives as store credit."""
    account = _of_customer(shop, order["customer"]["id"], order["currency"]) or _open(
        shop, order["customer"]["id"], order["currency"]
    )
    _book(shop, account, "credit", amount, "ORDER_REFUND", {"order": order["id"], "id": transaction}, expires_at)


def accounts_of(shop: Shop, customer: int) -> list[Doc]:
    return shop.books.find("shopify.creditAccount", customer_id=customer)


def transactions_of(shop: Shop, account: int) -> list[Doc]:
    return shop.books.find("shopify.creditTransaction", account_id=account)


def balance(shop: Shop, account: Doc) -> int:
    """What of the credits is left and has not expired."""
    return sum(
        one["remaining"]
        for one in transactions_of(shop, account["id"])
        if one["kind"] == "credit" and (one["expires_at"] is None or _moment(one["expires_at"]) > shop.now())
    )


def _account(shop: Shop, target: str, currency: str, *where: str, opening: bool) -> Doc:
    known = kind_of(target)
    if known and known[0] == "Customer":
        if shop.customer(known[1]) is None:
            raise Refusal("Owner does not exist.", "OWNER_NOT_FOUND" if opening else "ACCOUNT_NOT_FOUND", "id")
        account = _of_customer(shop, known[1], currency)
        if account is not None:
            return account
        if opening:
            return _open(shop, known[1], currency)
    else:
        account = shop.books.get("shopify.creditAccount", str(number_of("StoreCreditAccount", target)))
        if account is not None and account["currency"] != currency:
            reason = "The currency provided does not match the currency of the store credit account."
            raise Refusal(reason, "MISMATCHING_CURRENCY", *where, "currencyCode")
        if account is not None:
            return account
    raise Refusal("The store credit account could not be found.", "ACCOUNT_NOT_FOUND", "id")


def _of_customer(shop: Shop, customer: int, currency: str) -> Doc | None:
    return next((one for one in accounts_of(shop, customer) if one["currency"] == currency), None)


def _open(shop: Shop, customer: int, currency: str) -> Doc:
    account = {"id": shop.number("creditAccount", 93_000_001), "customer_id": customer, "currency": currency}
    shop.save("creditAccount", account)
    return account


def _spend(shop: Shop, account: Doc, amount: int) -> None:
    """Takes an amount off the credits that expire first."""
    live = [
        one
        for one in transactions_of(shop, account["id"])
        if one["remaining"] and (one["expires_at"] is None or _moment(one["expires_at"]) > shop.now())
    ]
    for one in sorted(live, key=lambda each: each["expires_at"] or "9999"):
        part = min(amount, one["remaining"])
        shop.save("creditTransaction", one | {"remaining": one["remaining"] - part})
        amount -= part


def _book(
    shop: Shop, account: Doc, kind: str, amount: int, event: str, origin: Doc | None, expires_at: str | None
) -> Doc:
    entry = {
        "id": shop.number("creditTransaction", 94_000_001),
        "account_id": account["id"],
        "kind": kind,
        "amount": amount,
        "remaining": max(amount, 0),
        "event": event,
        "origin": origin,
        "expires_at": expires_at,
        "at": shop.stamp(),
    }
    shop.save("creditTransaction", entry)
    entry = entry | {"balance": balance(shop, account)}
    shop.save("creditTransaction", entry)
    return entry


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()
