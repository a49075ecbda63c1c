"""What becomes of a posted credit note: booked as refunded, taken off the invoice, or left open on the account."""

from __future__ import annotations

from datetime import date

from adapters.erp.port import Settle
from adapters.erp.tryton.catalog import Catalog
from adapters.erp.tryton.client import VENDOR, Record, TrytonClient
from adapters.erp.tryton.documents import FIELDS, currency_of
from adapters.erp.tryton.values import amount, minor
from adapters.errors import ClosedPeriod, Permanent
from domain.refund import AccountCredit

_MODEL = "account.invoice"
_OTHER = "on account"


class Payments:
    def __init__(self, client: TrytonClient, catalog: Catalog) -> None:
        self._client, self._catalog = client, catalog

    async def settle(self, ask: Settle) -> None:
        for kind, part in _parts(ask):
            await self._refund(ask, kind, part)
        if ask.payout.on_account.minor and ask.account is AccountCredit.APPLY:
            await self._apply(ask)

    async def _refund(self, ask: Settle, kind: str, part: int) -> None:
        """Recorded only: the money itself moved in the storefront. The text of its entry tells a repeat of it."""
        text = f"{ask.key} {kind}"
        if await self._booked(text):
            return
        memo = await self._client.get(_MODEL, ask.memo, FIELDS)
        # Money went out on the day it did: in a closed month it is booked on the first day that is open.
        try:
            await self._pay(memo, text, kind, part, await self._client.today())
        except ClosedPeriod:
            await self._pay(memo, text, kind, part, await self._catalog.next_open_day(memo["company"]))
        if not await self._booked(text):
            # Tryton asks what to do with an amount that is more than is open, and does nothing until it is told.
            what = f"{memo['number']} has not {amount(part, currency_of(memo))} open any more: somebody settled it"
            raise Permanent(VENDOR, "account.invoice.pay", what)

    async def _booked(self, text: str) -> bool:
        return bool(await self._client.find("account.move", [["description", "=", text]], ("state",)))

    async def _pay(self, memo: Record, text: str, kind: str, part: int, day: date) -> None:
        start: Record = {
            "payee": memo["party"], "payees": [memo["party"]], "amount": -amount(part, currency_of(memo)),
            "currency": memo["currency"], "company": memo["company"], "invoice_account": memo["account"],
            "payment_method": await self._catalog.payment_method(kind), "date": day, "description": text,
        }  # fmt: skip
        steps: list[tuple[str, Record]] = [("choice", {"start": start})]
        if part < -minor(memo["amount_to_pay"], currency_of(memo)):
            steps.append(("pay", {"start": start, "ask": {"type": "partial"}}))
        await self._client.wizard("account.invoice.pay", _MODEL, int(memo["id"]), steps)

    async def _apply(self, ask: Settle) -> None:
        """The credit becomes a payment of the invoice. Only a whole credit can: what is more than open stays open."""
        memo = await self._client.get(_MODEL, ask.memo, FIELDS)
        invoice = await self._client.get(_MODEL, ask.invoice, FIELDS)
        credit = set(memo["lines_to_pay"]) - set(invoice["payment_lines"])
        if credit and memo["state"] == "posted" and -memo["amount_to_pay"] <= invoice["amount_to_pay"]:
            await self._client.write(_MODEL, invoice, {"payment_lines": [["add", sorted(credit)]]})


def _parts(ask: Settle) -> list[tuple[str, int]]:
    """What is booked as refunded, by kind of tender: one entry for each."""
    found: dict[str, int] = {}
    for part in ask.payout.tenders:
        found[part.kind] = found.get(part.kind, 0) + part.amount.minor
    if ask.account is AccountCredit.REFUND:
        found[_OTHER] = ask.payout.on_account.minor
    return [(kind, part) for kind, part in found.items() if part]
