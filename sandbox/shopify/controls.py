"""What tests do to the shop from outside: a customer's own request, webhook mischief, plans, scopes, keys."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.shopify import bulk, idempotency, privacy, returns, scopes, setup
from sandbox.shopify.cost import Bucket, Plan
from sandbox.shopify.gids import gid
from sandbox.shopify.refusal import Refusal
from sandbox.shopify.shop import REASONS, Shop


class Controls:
    def __init__(self, shop: Shop, bucket: Bucket) -> None:
        self._shop, self._bucket = shop, bucket

    def routes(self) -> tuple[BaseRoute, ...]:
        return (
            Route("/returns/request", self.request, methods=["POST"]),
            Route("/webhooks/replay", self.replay, methods=["POST"]),
            Route("/webhooks/hold", self.hold, methods=["POST"]),
            Route("/webhooks/pace", self.webhook_pace, methods=["POST"]),
            Route("/privacy", self.privacy, methods=["POST"]),
            Route("/plan", self.plan, methods=["POST"]),
            Route("/scopes", self.scopes, methods=["GET", "POST"]),
            Route("/setup", self.setup, methods=["GET", "POST"]),
            Route("/idempotency", self.idempotency, methods=["POST"]),
            Route("/bulk", self.bulk, methods=["POST"]),
            Route("/tokens", self.revoke, methods=["DELETE"]),
        )

    async def request(self, request: Request) -> Response:
        """{"order_id", "lines": [{"line_id", "quantity", "reason"?: handle, "note"?}]} as a customer does it."""
        asked = await request.json()
        try:
            with self._shop.books.transaction():
                doc = returns.request(self._shop, self._wish(asked))
        except Refusal as refused:
            return JSONResponse({"error": refused.message, "code": refused.code}, status_code=422)
        answer = {"return": gid("Return", doc["id"]), "id": doc["id"], "name": doc["name"], "status": doc["status"]}
        return JSONResponse(answer, status_code=201)

    async def replay(self, request: Request) -> Response:
        """{"topic"?, "return_id"?, "times"?, "reverse"?}: deliver earlier events again, on demand in reverse."""
        asked = await request.json()
        with self._shop.books.transaction():
            count = self._shop.webhooks.repeat(
                asked.get("topic"), asked.get("return_id"), int(asked.get("times", 1)), bool(asked.get("reverse"))
            )
        return JSONResponse({"replayed": count})

    async def hold(self, request: Request) -> Response:
        """{"held": true} keeps deliveries back; {"held": false, "reverse": true} lets them go newest first."""
        asked = await request.json()
        self._shop.webhooks.hold(bool(asked["held"]), bool(asked.get("reverse")))
        return JSONResponse({"held": bool(asked["held"])})

    async def webhook_pace(self, request: Request) -> Response:
        """{"factor": 0.01}: the waits between retries become that part of their usual length."""
        asked = await request.json()
        self._shop.webhooks.pace(float(asked["factor"]))
        return JSONResponse({"factor": float(asked["factor"])})

    async def privacy(self, request: Request) -> Response:
        """{"topic": "customers/redact", "customer_id"?}: what the privacy laws make Shopify tell an app."""
        asked = await request.json()
        try:
            with self._shop.books.transaction():
                privacy.tell(self._shop, str(asked["topic"]), asked.get("customer_id"))
        except Refusal as refused:
            return JSONResponse({"error": refused.message}, status_code=422)
        return JSONResponse({"told": asked["topic"]})

    async def scopes(self, request: Request) -> Response:
        """{"scopes": ["read_orders"]}: what the app may do from now on; {} goes back to everything it can use."""
        if request.method == "POST":
            scopes.grant(self._shop, (await request.json()).get("scopes"))
        return JSONResponse({"scopes": scopes.granted(self._shop)})

    async def setup(self, request: Request) -> Response:
        """{"without_reasons": ["too-small"], "untracked": ["MUG-01"]}: what is not as it should be; {} mends it."""
        if request.method == "POST":
            try:
                setup.change(self._shop, await request.json())
            except ValueError as error:
                return JSONResponse({"error": str(error)}, status_code=422)
        return JSONResponse(setup.of(self._shop))

    async def idempotency(self, request: Request) -> Response:
        """{"key", "state": "in_progress" | "failed" | null}: how requests with this key are answered from now on."""
        asked = await request.json()
        if asked.get("state") not in ("in_progress", "failed", None):
            return JSONResponse({"error": "state is in_progress, failed or null"}, status_code=422)
        idempotency.mark(self._shop, str(asked["key"]), asked.get("state"))
        return JSONResponse({"key": asked["key"], "state": asked.get("state")})

    async def bulk(self, request: Request) -> Response:
        """{"seconds": 2}: how long bulk operations take from now on."""
        seconds = float((await request.json())["seconds"])
        bulk.pace(self._shop, seconds)
        return JSONResponse({"seconds": seconds})

    async def plan(self, request: Request) -> Response:
        """{"maximum", "restore"} enforces a rate plan; {} goes back to none."""
        asked = await request.json()
        self._bucket.set(Plan(float(asked["maximum"]), float(asked["restore"])) if asked else None)
        return JSONResponse(self._bucket.status())

    async def revoke(self, request: Request) -> Response:
        """Every token is invalid from now on, as after a rotation of the secret."""
        with self._shop.books.transaction():
            for token in self._shop.books.all("shopify.token"):
                self._shop.books.delete("shopify.token", token["id"])
        return JSONResponse({"revoked": True})

    def _wish(self, asked: dict[str, Any]) -> dict[str, Any]:
        order = self._shop.order(int(asked["order_id"]))
        parts = [] if not order or not order["fulfillment"] else order["fulfillment"]["lines"]
        by_line = {part["line_id"]: part for number in parts if (part := self._shop.fulfillment_line(number))}
        numbers = {handle: number for number, handle, _, _ in REASONS}
        lines = []
        for line in asked["lines"]:
            part = by_line.get(int(line["line_id"]))
            if part is None:
                raise Refusal("Fulfillment Line Item was not found.", "NOT_FOUND")
            reason = numbers.get(line.get("reason", "unknown"), 1)
            lines.append(
                {
                    "fulfillmentLineItemId": gid("FulfillmentLineItem", part["id"]),
                    "quantity": int(line["quantity"]),
                    "returnReasonDefinitionId": gid("ReturnReasonDefinition", reason),
                    "customerNote": line.get("note"),
                }
            )
        return {"orderId": gid("Order", int(asked["order_id"])), "returnLineItems": lines}
