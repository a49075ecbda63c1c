"""Processing and paying: returnProcess has no key, so what was processed and refunded is read before it is called."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.errors import Permanent, Retryable, TendersChanged
from adapters.storefront.port import PayOut
from adapters.storefront.shopify import documents
from adapters.storefront.shopify.client import VENDOR, Fields, GraphQL, Refused
from adapters.storefront.shopify.gids import gid, ours
from adapters.storefront.shopify.mapping import (
    ON_ITS_WAY,
    STORE_CREDIT,
    amount,
    instant,
    money,
    tender_kind,
    tenders_of,
)
from adapters.storefront.shopify.opening import Openings
from domain.money import Money
from domain.refund import Payout, TenderPayout

_CALL = "returnProcess"
# A gateway that has not said yes yet is asked about again after this long.
_PENDING_SECONDS = 30.0


class Payouts:
    """One return pays out once: a refund the shop shows on the return is that payout, whatever became of our answer.

    Two calls at once cannot both pay either: the units processed in the same call are refused the second time.
    """

    def __init__(self, graphql: GraphQL, openings: Openings, clock: Callable[[], datetime]) -> None:
        self._graphql, self._openings, self._clock = graphql, openings, clock

    async def pay(self, ask: PayOut) -> Payout:
        found, lines = await self._openings.read(ask.reference, documents.PAYABLE)
        if found["refunds"]["nodes"]:
            return self._moved(ask, found)
        if ask.seen and ask.seen != tenders_of(found["order"], found["order"]["presentmentCurrencyCode"]):
            reason = "the order's payments are not what the payout was planned on: somebody refunds too"
            raise TendersChanged(VENDOR, _CALL, reason, "TENDERS_CHANGED")
        wishes = await self._lines_to_process(ask, found, lines)
        if not wishes and ask.accepted and ask.tenders:
            # Someone processed the units by hand without money; paying now would be a guess about why.
            reason = "the units are processed in the shop but nothing was refunded there; refund it there and resolve"
            raise Permanent(VENDOR, _CALL, reason, "PROCESSED_ELSEWHERE")
        if not wishes and not ask.tenders:
            return self._moved(ask, found)
        try:
            payload = await self._graphql.write(_CALL, documents.RETURN_PROCESS, input=_wish(ask, wishes))
        except Refused:
            # An earlier attempt given up for lost may have come through between our reading and our writing.
            found, _ = await self._openings.read(ask.reference, documents.PAYABLE)
            if not found["refunds"]["nodes"]:
                raise
            return self._moved(ask, found)
        self._openings.processed(ask.reference, payload["return"])
        return self._moved(ask, payload["return"])

    async def _lines_to_process(self, ask: PayOut, found: Fields, lines: list[Fields]) -> list[Fields]:
        """What is accepted and not yet processed, each disposed of as NOT_RESTOCKED.

        Stock is moved by stage_goods and release_goods alone; a RESTOCKED here would count the goods twice.
        """
        reverse = await self._reverse_lines(ask.reference, found["reverseFulfillmentOrders"])
        wishes: list[Fields] = []
        for line_id, accepted in ask.accepted:
            mine = [line for line in lines if ours(line["fulfillmentLineItem"]["lineItem"]["id"]) == line_id]
            left = accepted - sum(int(line["processedQuantity"]) for line in mine)
            for line in mine:
                quantity = min(left, int(line["quantity"]) - int(line["processedQuantity"]))
                if quantity <= 0:
                    continue
                left -= quantity
                wishes.append({"id": line["id"], "quantity": quantity} | _dispositions(line, quantity, reverse))
            if left > 0:
                reason = f"line {line_id} has fewer units on the shop's return than the {accepted} accepted"
                raise Permanent(VENDOR, _CALL, reason, "NOT_ON_RETURN")
        return wishes

    async def _reverse_lines(self, reference: str, outer: Fields) -> list[Fields]:
        """The lines of every open reverse fulfillment order; `outer` is the first page of them."""
        found: list[Fields] = []
        reverse: str | None = None
        line: str | None = None
        while True:
            if not outer["nodes"]:
                return found
            order = outer["nodes"][0]
            if order["status"] == "OPEN":
                found += order["lineItems"]["nodes"]
            if order["lineItems"]["pageInfo"]["hasNextPage"]:
                line = order["lineItems"]["pageInfo"]["endCursor"]
            elif outer["pageInfo"]["hasNextPage"]:
                reverse, line = outer["pageInfo"]["endCursor"], None
            else:
                return found
            data = await self._graphql.read(
                "return", documents.REVERSE_LINES, id=gid("Return", reference), reverse=reverse, line=line
            )
            outer = data["return"]["reverseFulfillmentOrders"]

    def _moved(self, ask: PayOut, found: Fields) -> Payout:
        """What the shop says moved. Retryable while a gateway has not answered it."""
        refunds = found["refunds"]["nodes"]
        moves = [one for refund in refunds for one in refund["transactions"]["nodes"] if one["kind"] == "REFUND"]
        if any(one["status"] in ON_ITS_WAY for one in moves):
            raise Retryable(VENDOR, _CALL, "the refund is pending at the gateway", "PENDING", _PENDING_SECONDS)
        credit = next((one.tender_id for one in ask.tenders if one.kind == STORE_CREDIT), STORE_CREDIT)
        paid = tuple(
            TenderPayout(
                tender_id=ours(one["parentTransaction"]["id"]) if one["parentTransaction"] else credit,
                kind=tender_kind(one["gateway"]),
                amount=money(one["amountSet"]),
            )
            for one in moves
            if one["status"] == "SUCCESS"
        )
        times = [instant(one["createdAt"]) for one in refunds if one["createdAt"]]
        return Payout(
            reference=refunds[0]["id"] if refunds else ask.reference,
            tenders=paid,
            on_account=ask.on_account,
            paid_at=max(times, default=self._clock()),
        )


def _wish(ask: PayOut, lines: list[Fields]) -> Fields:
    wish: Fields = {
        "returnId": gid("Return", ask.reference),
        "returnLineItems": lines,
        "note": ask.key,
        "notifyCustomer": False,
    }
    return wish | ({"financialTransfer": {"issueRefund": _refund(ask)}} if ask.tenders else {})


def _dispositions(line: Fields, quantity: int, reverse: list[Fields]) -> Fields:
    """Dispositions for as many of the units as nobody has disposed of yet."""
    wishes: list[Fields] = []
    for one in reverse:
        if (one["fulfillmentLineItem"] or {}).get("id") != line["fulfillmentLineItem"]["id"]:
            continue
        open_units = int(one["totalQuantity"]) - sum(int(done["quantity"]) for done in one["dispositions"])
        taken = min(quantity, open_units)
        if taken > 0:
            quantity -= taken
            wishes.append(
                {
                    "reverseFulfillmentOrderLineItemId": one["id"],
                    "quantity": taken,
                    "dispositionType": "NOT_RESTOCKED",
                }
            )
    return {"dispositions": wishes} if wishes else {}


def _refund(ask: PayOut) -> Fields:
    """Each tender back to its own transaction; store credit is issued anew, in one sum: Shopify ties it to none."""
    issued = sum(one.amount.minor for one in ask.tenders if one.kind == STORE_CREDIT)
    back = [one for one in ask.tenders if one.kind != STORE_CREDIT]
    currency = ask.on_account.currency
    return {
        "allowOverRefunding": False,
        "orderTransactions": [
            {"parentId": gid("OrderTransaction", one.tender_id), "transactionAmount": amount(one.amount)}
            for one in back
        ],
        "refundMethods": [{"storeCreditRefund": {"amount": amount(Money(issued, currency))}}] if issued else [],
    }
