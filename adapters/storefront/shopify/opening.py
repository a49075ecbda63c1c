"""The shop's return from its beginning to its end: created or approved once, closed, cancelled."""

from __future__ import annotations

import time
from dataclasses import dataclass

from adapters.errors import NoSuchRecord, Permanent
from adapters.storefront.port import OpenReturn, RequestedReturn, ReturnLine, StorefrontReturn
from adapters.storefront.shopify import documents
from adapters.storefront.shopify.client import VENDOR, Fields, GraphQL, Refused
from adapters.storefront.shopify.gids import gid, ours
from adapters.storefront.shopify.mapping import reason_handle, reason_of

_ENDED = ("CANCELED", "DECLINED")
# Within so many seconds the shop's own word that every unit is processed stands for reading the return once more.
_FRESH_SECONDS = 60.0
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class ReturnableUnits:
    """Units of an order line that one fulfillment line can still give back."""

    fulfillment_line: str
    line_id: str
    quantity: int


class Openings:
    """None of these mutations takes a key, so each reads the state first and acts only on what is missing."""

    def __init__(self, graphql: GraphQL) -> None:
        self._graphql = graphql
        self._reasons: dict[str, str] = {}
        # Returns whose every unit is processed, and when the shop said so.
        self._processed: dict[str, float] = {}

    async def returnable(self, order_id: str, outer: Fields | None = None) -> list[ReturnableUnits]:
        """Fulfillment by fulfillment, each in pages; `outer` is the first page when it has been read already."""
        found: list[ReturnableUnits] = []
        fulfillment: str | None = None
        line: str | None = None
        while True:
            if outer is None:
                data = await self._graphql.read(
                    "returnableFulfillments",
                    documents.RETURNABLE,
                    id=gid("Order", order_id),
                    fulfillment=fulfillment,
                    line=line,
                )
                outer = data["returnableFulfillments"]
            if not outer["nodes"]:
                return found
            inner = outer["nodes"][0]["returnableFulfillmentLineItems"]
            for node in inner["nodes"]:
                part = node["fulfillmentLineItem"]
                found.append(ReturnableUnits(part["id"], ours(part["lineItem"]["id"]), int(node["quantity"])))
            if inner["pageInfo"]["hasNextPage"]:
                line = inner["pageInfo"]["endCursor"]
            elif outer["pageInfo"]["hasNextPage"]:
                fulfillment, line = outer["pageInfo"]["endCursor"], None
            else:
                return found
            outer = None

    async def requested(self, reference: str) -> RequestedReturn:
        found, lines = await self.read(reference)
        return RequestedReturn(
            reference=found["id"],
            order_id=str(found["order"]["legacyResourceId"]),
            lines=tuple(
                ReturnLine(
                    line_id=ours(line["fulfillmentLineItem"]["lineItem"]["id"]),
                    quantity=int(line["quantity"]),
                    reason=reason_of((line["returnReasonDefinition"] or {}).get("handle")),
                )
                for line in lines
            ),
        )

    async def open(self, ask: OpenReturn) -> StorefrontReturn:
        if ask.requested is not None:
            return await self._approve(ask.requested)
        known, units = await self._marked(ask)
        return known or await self._create(ask, units)

    def processed(self, reference: str, answer: Fields) -> None:
        """Take note of the return as returnProcess answered it."""
        lines = answer["returnLineItems"]
        if lines["pageInfo"]["hasNextPage"] or any(_left(line) for line in lines["nodes"]):
            return
        if len(self._processed) >= _REMEMBERED:
            del self._processed[next(iter(self._processed))]
        self._processed[reference] = time.monotonic()

    async def close(self, reference: str) -> None:
        """A close of untouched units would let the order look returned, so they are taken off first."""
        if time.monotonic() - self._processed.pop(reference, float("-inf")) > _FRESH_SECONDS:
            found, lines = await self.read(reference)
            if found["status"] in ("CLOSED", *_ENDED) or await self._take_off(found, lines):
                return
        # Closing what is closed changes nothing, so a lost answer may simply be asked again.
        wish = gid("Return", reference)
        await self._graphql.write("returnClose", documents.RETURN_CLOSE, repeatable=True, id=wish)

    async def _take_off(self, found: Fields, lines: list[Fields]) -> bool:
        """Take what is not processed off the return. True when that closed it."""
        untouched = [{"returnLineItemId": line["id"], "quantity": _left(line)} for line in lines if _left(line) > 0]
        if untouched:
            payload = await self._graphql.write(
                "removeFromReturn", documents.RETURN_REMOVE, id=found["id"], lines=untouched
            )
            return bool(payload["return"]["status"] == "CLOSED")
        return False

    async def cancel(self, reference: str) -> None:
        found, _ = await self.read(reference)
        if found["status"] in _ENDED:
            return
        if found["status"] == "REQUESTED":
            wish = {"id": found["id"], "declineReason": "OTHER"}
            await self._graphql.write("returnDeclineRequest", documents.RETURN_DECLINE, input=wish)
            return
        await self._graphql.write("returnCancel", documents.RETURN_CANCEL, repeatable=True, id=found["id"])

    async def read(self, reference: str, document: str = documents.RETURN) -> tuple[Fields, list[Fields]]:
        """The return and all its lines. Permanent when the shop does not know it."""
        found: Fields | None = None
        lines: list[Fields] = []
        after: str | None = None
        while True:
            data = await self._graphql.read("return", document, id=gid("Return", reference), after=after)
            found = data["return"]
            if found is None:
                raise NoSuchRecord(VENDOR, "return", f"the shop has no return {ours(reference)}", "NOT_FOUND")
            lines += found["returnLineItems"]["nodes"]
            if not found["returnLineItems"]["pageInfo"]["hasNextPage"]:
                return found, lines
            after = found["returnLineItems"]["pageInfo"]["endCursor"]

    async def _approve(self, reference: str) -> StorefrontReturn:
        found, _ = await self.read(reference)
        if found["status"] == "REQUESTED":
            wish = {"id": found["id"]}
            try:
                payload = await self._graphql.write("returnApproveRequest", documents.RETURN_APPROVE, input=wish)
                found = payload["return"]
            except Refused:
                # Someone was quicker; what matters is where the return stands now.
                found, _ = await self.read(reference)
        if found["status"] != "OPEN":
            reason = f"the shop's return {found['name']} is {found['status'].lower()}, it cannot be approved any more"
            raise Permanent(VENDOR, "returnApproveRequest", reason, "INVALID_STATE")
        return StorefrontReturn(found["id"], found["name"])

    async def _marked(self, ask: OpenReturn) -> tuple[StorefrontReturn | None, Fields]:
        """A return an earlier attempt created: its lines bear our return id. And the first page of returnable units."""
        after: str | None = None
        while True:
            data = await self._graphql.read("order", documents.MARKS, id=gid("Order", ask.order_id), after=after)
            returns = (data["order"] or {}).get("returns") or {"nodes": (), "pageInfo": {"hasNextPage": False}}
            for one in returns["nodes"]:
                lines = one["returnLineItems"]["nodes"]
                if one["status"] not in _ENDED and lines and lines[0]["returnReasonNote"] == _mark(ask.return_id):
                    return StorefrontReturn(one["id"], one["name"]), {}
            if not returns["pageInfo"]["hasNextPage"]:
                return None, data["returnableFulfillments"]
            after = returns["pageInfo"]["endCursor"]

    async def _create(self, ask: OpenReturn, outer: Fields) -> StorefrontReturn:
        units = await self.returnable(ask.order_id, outer)
        lines: list[Fields] = []
        for line in ask.lines:
            reason = await self._reason(reason_handle(line.reason))
            for part, quantity in _spread(line, units):
                lines.append(
                    {
                        "fulfillmentLineItemId": part.fulfillment_line,
                        "quantity": quantity,
                        "returnReasonDefinitionId": reason,
                        "returnReasonNote": _mark(ask.return_id),
                    }
                )
        wish = {"orderId": gid("Order", ask.order_id), "returnLineItems": lines}
        payload = await self._graphql.write("returnCreate", documents.RETURN_CREATE, input=wish)
        return StorefrontReturn(payload["return"]["id"], payload["return"]["name"])

    async def _reason(self, handle: str) -> str:
        """The id of a reason definition; definitions do not change, so they are asked for once."""
        if not self._reasons:
            data = await self._graphql.read("returnReasonDefinitions", documents.REASONS)
            nodes = data["returnReasonDefinitions"]["nodes"]
            self._reasons = {one["handle"]: one["id"] for one in nodes if not one["deleted"]}
        known = self._reasons.get(handle) or self._reasons.get("other-reason")
        if known is None:
            reason = f"the shop has neither the return reason {handle} nor other-reason"
            raise Permanent(VENDOR, "returnReasonDefinitions", reason)
        return known


def _left(line: Fields) -> int:
    return int(line["quantity"]) - int(line["processedQuantity"])


def _mark(return_id: str) -> str:
    return f"Backhaul {return_id}"


def _spread(line: ReturnLine, units: list[ReturnableUnits]) -> list[tuple[ReturnableUnits, int]]:
    """The asked units over the fulfillments that shipped them. Permanent when they are not all there."""
    left, parts = line.quantity, []
    for unit in units:
        taken = min(left, unit.quantity) if unit.line_id == line.line_id else 0
        if taken:
            parts.append((unit, taken))
            left -= taken
    if left:
        reason = f"line {line.line_id} has {line.quantity - left} returnable units in the shop, not {line.quantity}"
        raise Permanent(VENDOR, "returnCreate", reason, "NOT_RETURNABLE")
    return parts
