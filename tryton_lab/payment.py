"""Books what the customer paid: each tender by the method of its kind. An invoice on account stays open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.money import decimal
from sandbox.posting import PostedOrder
from tryton_lab.books import accounts
from tryton_lab.rpc import Tryton

_METHODS = {"gift_card": accounts.GIFT_CARD, "store_credit": accounts.STORE_CREDIT}


def pay(tryton: Tryton, invoice: int, order: PostedOrder) -> None:
    """The last tender takes what is left to pay: where Tryton rounds otherwise than the shop, it holds the cent."""
    *partial, last = order.tenders or (None,)
    for tender in partial:
        if tender is not None and tender.kind != "account":
            _pay(tryton, invoice, tender.kind, decimal(tender.amount, order.currency))
    if last is not None and last.kind != "account":
        _pay(tryton, invoice, last.kind, None)


def _pay(tryton: Tryton, invoice: int, kind: str, amount: Decimal | None) -> None:
    """All that is open when `amount` is None."""
    name = _METHODS.get(kind, accounts.CARD)
    method = tryton.id("account.invoice.payment.method", ["name", "=", name])
    with tryton.wizard("account.invoice.pay", "account.invoice", [invoice]) as dialog:
        start: dict[str, Any] = dict(dialog.form)
        start |= {"payment_method": method, "amount": start["amount"] if amount is None else amount}
        dialog.press("choice", {"start": start})
        if dialog.form:  # Tryton asks what a smaller amount means
            ask = dict(dialog.form) | {"type": "partial"}
            dialog.press("pay", {"start": start, "ask": ask})
