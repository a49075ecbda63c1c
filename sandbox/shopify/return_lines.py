"""What a return is made of, read from a request: its lines with reasons and fees, exchange items, a shipping fee."""

from fractions import Fraction
from typing import Any

from sandbox.money import half_up
from sandbox.shopify import setup
from sandbox.shopify.amounts import read
from sandbox.shopify.gids import number_of
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import OTHER_REASON, REASONS, Doc, Shop

_NOTE_LENGTH = 255
_CUSTOMER_NOTE_LENGTH = 300
BAD_QUANTITY = "Return line item has an invalid quantity."


def lines(shop: Shop, order: Doc, wishes: list[Doc], root: str, *, by_merchant: bool) -> list[Doc]:
    """Only the merchant's own return needs a note for the reason OTHER; a customer's request does not."""
    if not wishes:
        raise Refusal("Return line items can't be blank.", "BLANK", root, "returnLineItems")
    found: list[Doc] = []
    for place, wish in enumerate(wishes):
        where = (root, "returnLineItems", str(place))
        part = fulfilled(shop, order, wish["fulfillmentLineItemId"], *where)
        asked = sum(line["quantity"] for line in found if line["fulfillment_line_id"] == part["id"])
        if not 0 < wish["quantity"] <= shop.returnable(part) - asked:
            raise Refusal(BAD_QUANTITY, "INVALID", *where, "quantity")
        reason, note = _reason(shop, wish, where), wish.get("returnReasonNote") or ""
        if by_merchant:
            _check_note(reason, note, *where, "returnReasonNote")
        said = wish.get("customerNote")
        if said and len(said) > _CUSTOMER_NOTE_LENGTH:
            reason_why = f"Customer note is too long (maximum is {_CUSTOMER_NOTE_LENGTH} characters)"
            raise Refusal(reason_why, "TOO_LONG", *where, "customerNote")
        found.append(
            {
                "id": shop.number("returnLine", 71_000_001),
                "fulfillment_line_id": part["id"],
                "line_id": part["line_id"],
                "quantity": wish["quantity"],
                "processed": 0,
                "refunded": 0,
                "reason": reason,
                "note": note,
                "customer_note": said,
                "fee": _fee(shop, wish.get("restockingFee"), *where),
            }
        )
    return found


def fulfilled(shop: Shop, order: Doc, reference: str, *where: str) -> Doc:
    """The fulfillment line of this order that a wish names."""
    part = shop.fulfillment_line(number_of("FulfillmentLineItem", reference))
    if part is None or part["order_id"] != order["id"]:
        raise Refusal("Fulfillment Line Item was not found.", "NOT_FOUND", *where, "fulfillmentLineItemId")
    return part


def exchanges(shop: Shop, order: Doc, wishes: list[Doc] | None, root: str) -> list[Doc]:
    found = []
    for place, wish in enumerate(wishes or []):
        where = (root, "exchangeLineItems", str(place))
        number = number_of("ProductVariant", wish["variantId"]) if wish.get("variantId") else None
        stock = shop.stock_by_item(number) if number is not None else None
        if stock is None:
            raise Refusal("Variant was not found.", "NOT_FOUND", *where, "variantId")
        if wish["quantity"] <= 0:
            raise Refusal("Exchange line item has an invalid quantity.", "INVALID", *where, "quantity")
        alike = next((line for line in order["lines"] if line["sku"] == stock["sku"]), None)
        found.append(
            {
                "id": shop.number("exchangeLine", 73_000_001),
                "variant_id": stock["id"],
                "sku": stock["sku"],
                "quantity": wish["quantity"],
                "processed": 0,
                "unit_price": stock["price"],
                "discount": _discount(order, stock, wish, *where),
                "taxes": alike["taxes"] if alike else stock["taxes"],
            }
        )
    return found


def shipping_fee(shop: Shop, order: Doc, wish: Doc | None, root: str) -> Doc | None:
    if not wish:
        return None
    where, money = (root, "returnShippingFee", "amount"), wish["amount"]
    if money["currencyCode"] != order["currency"]:
        raise Refusal("Currency does not match the order's presentment currency", "INVALID", *where)
    amount = read(money["amount"], order["currency"])
    if amount < 0:
        raise Refusal("Amount must be greater than or equal to 0", "GREATER_THAN_OR_EQUAL_TO", *where)
    return {"id": shop.number("returnShippingFee", 75_000_001), "amount": amount}


def _discount(order: Doc, stock: Doc, wish: Doc, *where: str) -> int:
    """What comes off the whole line. Unverified: that an amount is for the line and not for each of its units."""
    value = (wish.get("appliedDiscount") or {}).get("value")
    if value is None:
        return 0
    whole: int = stock["price"] * wish["quantity"]
    if value.get("amount") is not None:
        off = read(value["amount"]["amount"], order["currency"])
    else:
        off = half_up(whole * Fraction(str(value["percentage"])) / 100)
    if not 0 <= off <= whole:
        raise Refusal("Discount is invalid.", "INVALID", *where, "appliedDiscount", "value")
    return off


def _fee(shop: Shop, wish: Doc | None, *where: str) -> Doc | None:
    if not wish:
        return None
    if not 0 <= wish["percentage"] <= 100:
        raise Refusal("Percentage must be between 0 and 100.", "INVALID", *where, "restockingFee", "percentage")
    return {"id": shop.number("restockingFee", 77_000_001), "percentage": str(wish["percentage"])}


def _reason(shop: Shop, wish: Doc, where: tuple[str, ...]) -> int:
    if wish.get("returnReasonDefinitionId"):
        number = number_of("ReturnReasonDefinition", wish["returnReasonDefinitionId"])
        if number not in {one[0] for one in REASONS if not setup.deleted(shop, one[1])}:
            raise Refusal("Return reason definition was not found.", "NOT_FOUND", *where, "returnReasonDefinitionId")
        return number
    word: Any = wish.get("returnReason") or "UNKNOWN"
    return next(one[0] for one in REASONS if one[3] == word)


def _check_note(reason: int, note: str, *where: str) -> None:
    if reason == OTHER_REASON and not note.strip():
        raise Refusal("Return reason note can't be blank.", "BLANK", *where)
    if len(note) > _NOTE_LENGTH:
        raise Refusal(f"Return reason note is too long (maximum is {_NOTE_LENGTH} characters)", "TOO_LONG", *where)
