"""The ERP's door on NetSuite. Every document carries our key as its external id, of which NetSuite keeps one.

So a document is made without looking first; looked for is what was refused (the key is taken, or the first time used
up what a second one would need) and what was made when the answer is lost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from adapters.erp.netsuite import mapping
from adapters.erp.netsuite.books import CreditMemos
from adapters.erp.netsuite.catalog import Catalog
from adapters.erp.netsuite.client import VENDOR, NetSuiteClient, Record
from adapters.erp.netsuite.goods import Goods
from adapters.erp.netsuite.lines import LineNumbers
from adapters.erp.netsuite.numbers import amount
from adapters.erp.netsuite.refusals import NotThere
from adapters.erp.netsuite.settings import NetSuiteSettings
from adapters.erp.port import CancelAuthorization, CreditAsk, QuoteAsk, ReceiveGoods, Settle
from adapters.errors import Permanent, Retryable, UnknownOutcome, VendorError
from domain.books import PostedCredit
from domain.invoice import SHIPPING_LINE, Invoice
from domain.refund import AccountCredit, CreditLine, ErpCredit

_FIND_INVOICE = "SELECT id FROM transaction WHERE type = 'CustInvc' AND {field} = ? ORDER BY id"
_PENDING_APPROVAL = "A"
_ENDED = ("C", "G", "H")
"""Cancelled, Refunded, Closed."""


class NetSuite:
    """adapters.erp.port.Erp and ErpBooks. The quote is an authorization pending approval: binding, posting nothing."""

    def __init__(self, settings: NetSuiteSettings) -> None:
        self._names = settings.names
        self._client = NetSuiteClient(settings)
        self._catalog = Catalog(self._client)
        self._lines = LineNumbers(self._client, self._names)
        self._goods = Goods(self._client, self._catalog, self._lines, self._names)
        self._memos = CreditMemos(self._client, self._names)

    async def close(self) -> None:
        await self._client.close()

    async def invoice(self, order_id: str) -> Invoice:
        rows = await self._client.query(_FIND_INVOICE.format(field=self._names.order_field), order_id)
        if not rows:
            raise Permanent(VENDOR, "invoice", f"order {order_id} has no invoice to credit", "NO_INVOICE")
        if len(rows) > 1:
            what = f"order {order_id} has {len(rows)} invoices; a return credits exactly one, so a human must split it"
            raise Permanent(VENDOR, "invoice", what, "SEVERAL_INVOICES")
        return mapping.invoice_of(await self._client.get("invoice", rows[0]["id"]), self._names)

    async def credits(self, invoice: Invoice) -> tuple[PostedCredit, ...]:
        return await self._memos.of(invoice)

    async def quote(self, ask: QuoteAsk) -> ErpCredit:
        sources = {line.line_id: line.erp_line for line in ask.invoice.lines if line.line_id != SHIPPING_LINE}
        body = await self._body(ask.lines, ask.invoice, sources)
        body |= {"externalId": ask.key, "orderStatus": {"id": _PENDING_APPROVAL}, "memo": ask.return_id}
        authorization = await self._once(
            "returnAuthorization", ask.key,
            lambda: self._client.transform("invoice", ask.invoice.invoice_id, "returnAuthorization", body),
        )  # fmt: skip
        record = await self._client.get("returnAuthorization", authorization)
        self._lines.learn(authorization, record)
        return mapping.credit_of(record, self._names)

    async def authorize(self, authorization: str) -> None:
        record = await self._client.get("returnAuthorization", authorization)
        state, name = mapping.state_of(record)
        if state in ("C", "H"):
            raise Permanent(VENDOR, "authorize", f"{record['tranId']} is {name}: it cannot be approved", state)
        if state == _PENDING_APPROVAL:
            await self._client.patch("returnAuthorization", authorization, {"orderStatus": {"id": "B"}})

    async def receive(self, ask: ReceiveGoods) -> str:
        return await self._goods.receive(ask, self._once)

    async def preview_credit(self, ask: CreditAsk) -> ErpCredit:
        # Looked for first: of an authorization credited in part NetSuite would gladly compute another credit.
        posted = await self._client.find("creditMemo", ask.key)
        if posted is not None:
            return mapping.credit_of(posted, self._names)
        form = await self._lines.used(ask.authorization, lambda lines: self._form(ask, lines))
        return replace(mapping.credit_of(form, self._names), document="")

    async def post_credit(self, ask: CreditAsk) -> ErpCredit:
        async def make(lines: dict[str, str]) -> str:
            body = await self._credit_body(ask, lines) | {"externalId": ask.key}
            return await self._client.transform("returnAuthorization", ask.authorization, "creditMemo", body)

        memo = await self._once("creditMemo", ask.key, lambda: self._lines.used(ask.authorization, make))
        return mapping.credit_of(await self._client.get("creditMemo", memo), self._names)

    async def settle(self, ask: Settle) -> None:
        paid, on_account = sum(part.amount.minor for part in ask.payout.tenders), ask.payout.on_account.minor
        if ask.account is AccountCredit.REFUND:
            paid += on_account
        if paid:
            await self._once("customerRefund", ask.key, lambda: self._refund(ask, paid))
        if on_account and ask.account is AccountCredit.APPLY:
            await self._apply(ask)
        await self._goods.release(ask.key, ask.moves, self._once)
        await self._close_lines(ask.authorization, leftover_only=True)

    async def cancel(self, ask: CancelAuthorization) -> None:
        for key in ask.receipts:
            record = await self._client.find("itemReceipt", key)
            if record is not None:
                await self._delete("itemReceipt", str(record["id"]))
        await self._close_lines(ask.authorization, leftover_only=False)

    async def _once(self, kind: str, key: str, make: Callable[[], Awaitable[str]]) -> str:
        """The id of the document under `key`, made unless it is there. A lost answer is settled by looking."""
        try:
            made = await make()
        except Permanent as refused:
            # Taken, or refused because the first time went through: what was made counts, and else the refusal does.
            return await self._made(kind, key, refused)
        except UnknownOutcome as lost:
            try:
                return await self._made(kind, key, lost)
            except Retryable:
                raise lost from None
        return made or await self._made(kind, key, UnknownOutcome(VENDOR, kind, "made, but the answer names no id"))

    async def _made(self, kind: str, key: str, otherwise: VendorError) -> str:
        record = await self._client.find(kind, key)
        if record is None:
            raise otherwise
        return str(record["id"])

    async def _form(self, ask: CreditAsk, lines: dict[str, str]) -> Record:
        body = await self._credit_body(ask, lines)
        return await self._client.form("returnAuthorization", ask.authorization, "creditMemo", body)

    async def _credit_body(self, ask: CreditAsk, sources: dict[str, str]) -> Record:
        body = await self._body(ask.lines, ask.invoice, sources)
        # The original invoice: through createdFrom of the authorization, and in words for whoever reads the memo.
        body |= {"otherRefNum": ask.invoice.number, "memo": f"Reverses invoice {ask.invoice.number}"}
        if ask.invoice.base is not None:
            # Left out, NetSuite takes today's rate, and the customer's account would not close.
            body["exchangeRate"] = Decimal(ask.invoice.base.rate)
        if ask.period == "next_open":
            body["postingPeriod"] = await self._catalog.next_open_period()
            if ask.tax_point is not None:
                body |= {"taxPointDate": ask.tax_point.isoformat(), "taxPointDateOverride": True}
        return body

    async def _body(self, lines: Iterable[CreditLine], invoice: Invoice, sources: dict[str, str]) -> Record:
        chosen = mapping.merged(lines)
        for line in chosen:
            known = invoice.line(line.line_id) is not None and line.line_id != SHIPPING_LINE
            if known and line.line_id not in sources:
                raise Permanent(VENDOR, "credit", f"line {line.line_id} is not on the return authorization")
        codes = await self._catalog.ids("salestaxitem", (code for line in chosen for code in line.taxes))
        return mapping.body_of(chosen, invoice.currency, sources, codes, self._names)

    async def _refund(self, ask: Settle, paid: int) -> str:
        """Recorded only: the money itself moved in the storefront."""
        applied = {"doc": {"id": ask.memo}, "amount": amount(paid, ask.payout.on_account.currency), "apply": True}
        body: Record = {
            "externalId": ask.key, "memo": ask.payout.reference, "handlingMode": {"id": "SAVE_ONLY"},
            "apply": {"items": [applied]},
        }  # fmt: skip
        return await self._catalog.booked(
            lambda period: self._client.transform("creditMemo", ask.memo, "customerRefund", body | period)
        )

    async def _apply(self, ask: Settle) -> None:
        """Take the memo's credit off the invoice, as far as both are open. What was applied before stays as it is."""
        memo = await self._client.get("creditMemo", ask.memo)
        if ask.invoice in mapping.applied_to(memo):
            return
        invoice = await self._client.get("invoice", ask.invoice)
        currency = ask.payout.on_account.currency
        most = min(ask.payout.on_account.minor, mapping.remaining(memo), mapping.remaining(invoice))
        if most > 0:
            row = {"doc": {"id": ask.invoice}, "amount": amount(most, currency), "apply": True}
            await self._client.patch("creditMemo", ask.memo, {"apply": {"items": [row]}})

    async def _close_lines(self, authorization: str, *, leftover_only: bool) -> None:
        """Close the lines nothing more will happen to, so that the authorization ends and promises nothing."""
        try:
            record = await self._client.get("returnAuthorization", authorization)
        except NotThere:
            return
        if mapping.state_of(record)[0] in _ENDED:
            return
        open_lines = mapping.open_lines(record, leftover_only=leftover_only)
        closing = [{"line": number, "isClosed": True} for number in open_lines]
        if closing:
            await self._client.patch("returnAuthorization", authorization, {"item": {"items": closing}})

    async def _delete(self, kind: str, ref: str) -> None:
        with contextlib.suppress(NotThere):  # then an earlier attempt did it
            await self._client.delete(kind, ref)
