"""The three webhooks that privacy laws ask for: they go to the app's configured address, never to a subscription."""

from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import Shop

TOPICS = ("customers/data_request", "customers/redact", "shop/redact")


def tell(shop: Shop, topic: str, customer_id: int | None) -> None:
    if topic not in TOPICS:
        raise Refusal(f"topic must be one of {', '.join(TOPICS)}", None)
    head = {"shop_id": 1, "shop_domain": f"{shop.world.credentials.shopify.shop}.myshopify.com"}
    if topic == "shop/redact":
        shop.webhooks.emit(topic, lambda: head, private=True)
        return
    customer = shop.customer(int(customer_id)) if customer_id is not None else None
    if customer is None:
        raise Refusal("no such customer", None)
    orders = [one["id"] for one in shop.books.all("shopify.order") if one["customer"]["id"] == customer["id"]]
    person = {"id": customer["id"], "email": customer["email"], "phone": None}
    payload = {**head, "customer": person}
    if topic == "customers/redact":
        payload |= {"orders_to_redact": orders}
    else:
        number = shop.number("dataRequest", 1)
        payload |= {"orders_requested": orders, "data_request": {"id": number}}
    shop.webhooks.emit(topic, lambda: payload, private=True)
