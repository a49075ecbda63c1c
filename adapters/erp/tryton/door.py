"""The ERP's door on Tryton. Every step looks what is there, does what is missing, and answers what is there then.

So a lost answer needs nothing of its own: the step is said again. An authorization is a sale of negative quantities
(promises), what it is worth a draft credit note beside it (memos), its goods are return shipments (parcels).
"""

from __future__ import annotations

from adapters.erp.port import CancelAuthorization, CreditAsk, QuoteAsk, ReceiveGoods, Settle
from adapters.erp.tryton import documents
from adapters.erp.tryton.books import CreditNotes
from adapters.erp.tryton.catalog import Catalog
from adapters.erp.tryton.client import VENDOR, Record, TrytonClient
from adapters.erp.tryton.documents import FIELDS, POSTED
from adapters.erp.tryton.memos import Credit, Memos
from adapters.erp.tryton.parcels import Parcels
from adapters.erp.tryton.payments import Payments
from adapters.erp.tryton.promises import Promise, Promises
from adapters.erp.tryton.settings import TrytonSettings
from adapters.errors import Permanent
from domain import ids
from domain.books import PostedCredit
from domain.invoice import Invoice
from domain.refund import ErpCredit

_INVOICE = "account.invoice"


class Tryton:
    """adapters.erp.port.Erp and ErpBooks."""

    def __init__(self, settings: TrytonSettings) -> None:
        self._client = TrytonClient(settings)
        self._catalog = Catalog(self._client, settings.names)
        self._promises = Promises(self._client, self._catalog)
        self._memos = Memos(self._client, self._catalog)
        self._parcels = Parcels(self._client, self._catalog, settings.names)
        self._payments = Payments(self._client, self._catalog)
        self._credits = CreditNotes(self._client)

    async def close(self) -> None:
        await self._client.close()

    async def invoice(self, order_id: str) -> Invoice:
        domain = [["web_shop", "=", await self._catalog.web_shop()], ["web_id", "=", order_id]]
        orders = await self._client.find("sale.sale", domain, ("invoices",))
        numbers = [number for order in orders for number in order["invoices"]]
        records = await self._client.find(_INVOICE, [["id", "in", numbers], ["state", "in", list(POSTED)]], FIELDS)
        posted = [record for record in records if record["total_amount"] > 0]
        if not posted:
            raise Permanent(VENDOR, "invoice", f"order {order_id} has no invoice to credit", "NO_INVOICE")
        if len(posted) > 1:
            what = (
                f"order {order_id} has {len(posted)} invoices; a return credits exactly one, so a human must split it"
            )
            raise Permanent(VENDOR, "invoice", what, "SEVERAL_INVOICES")
        return documents.invoice_of(posted[0], order_id)

    async def credits(self, invoice: Invoice) -> tuple[PostedCredit, ...]:
        return await self._credits.of(invoice)

    async def quote(self, ask: QuoteAsk) -> ErpCredit:
        original = await self._client.get(_INVOICE, ask.invoice.invoice_id, FIELDS)
        promise = await self._promises.open(ask.key, ask.return_id, ask.invoice.order_id, original, list(ask.lines))
        if promise.state == "cancelled":
            raise Permanent(VENDOR, "quote", f"return {ask.return_id} is cancelled", "cancelled")
        key = ids.credit_key(ask.return_id)
        memo = await self._memos.draft(Credit(key, ask.invoice.invoice_id, ask.lines, promise.ids))
        worth = documents.credit_of(memo)
        return ErpCredit(str(promise.id), ask.return_id, worth.total, worth.lines)

    async def authorize(self, authorization: str) -> None:
        await self._promises.approve(await self._promises.get(authorization))

    async def receive(self, ask: ReceiveGoods) -> str:
        promise = await self._promises.get(ask.authorization)
        self._promises.check_approved(promise)
        return await self._parcels.receive(ask, promise)

    async def preview_credit(self, ask: CreditAsk) -> ErpCredit:
        return documents.credit_of(await self._draft(ask))

    async def post_credit(self, ask: CreditAsk) -> ErpCredit:
        memo = await self._draft(ask)
        posted = await self._memos.post(memo, ask.period == "next_open", ask.tax_point)
        return documents.credit_of(posted)

    async def settle(self, ask: Settle) -> None:
        promise = await self._promises.get(ask.authorization)
        await self._payments.settle(ask)
        await self._parcels.release(promise, ask.moves)
        await self._promises.conclude(promise)

    async def cancel(self, ask: CancelAuthorization) -> None:
        promise = await self._promises.get(ask.authorization)
        for key in ask.receipts:
            await self._parcels.cancel(key)
        await self._memos.discard(ids.credit_key(_return_of(promise)))
        await self._promises.cancel(promise)

    async def _draft(self, ask: CreditAsk) -> Record:
        promise = await self._promises.get(ask.authorization)
        self._promises.check_approved(promise)
        return await self._memos.draft(Credit(ask.key, ask.invoice.invoice_id, ask.lines, promise.ids))


def _return_of(promise: Promise) -> str:
    return str(promise.record["reference"])
