"""The parties of orders: one per customer of the storefront, found again by the code "C<customer id>"."""

from __future__ import annotations

from typing import Any

from sandbox.posting import PostedCustomer, PostedOrder
from tryton_lab.rpc import Tryton

_CASH, _ON_ACCOUNT = "Upon Receipt", "Net 30 days"


class Customers:
    def __init__(self, tryton: Tryton, orders: list[PostedOrder]) -> None:
        terms = tryton.find("account.invoice.payment_term", ["name", "in", [_CASH, _ON_ACCOUNT]], fields=("id", "name"))
        self._terms = {row["name"]: row["id"] for row in terms}
        wanted = {_code(order.customer): order.customer for order in orders}
        self._found = _find(tryton, list(wanted))
        missing = [customer for code, customer in wanted.items() if code not in self._found]
        if missing:
            tryton.create("party.party", *(_party(customer) for customer in missing))
            self._found = _find(tryton, list(wanted))

    def of(self, order: PostedOrder) -> dict[str, Any]:
        """What a sale has to say about its customer. An order on account is due later and stays open."""
        party, address = self._found[_code(order.customer)]
        on_account = any(tender.kind == "account" for tender in order.tenders)
        return {
            "party": party,
            "invoice_party": party,
            "shipment_party": party,
            "invoice_address": address,
            "shipment_address": address,
            "payment_term": self._terms[_ON_ACCOUNT if on_account else _CASH],
        }


def _code(customer: PostedCustomer) -> str:
    return f"C{customer.id}"


def _find(tryton: Tryton, codes: list[str]) -> dict[str, tuple[int, int]]:
    rows = tryton.find("party.party", ["code", "in", codes], fields=("id", "code", "addresses"))
    return {row["code"]: (row["id"], row["addresses"][0]) for row in rows}


def _party(customer: PostedCustomer) -> dict[str, Any]:
    person = f"{customer.first_name} {customer.last_name}".strip()
    return {
        "name": customer.company or person or customer.email,
        "code": _code(customer),
        "addresses": [["create", [{"street": "1 Test Street", "city": "Berlin"}]]],
        "contact_mechanisms": [["create", [{"type": "email", "value": customer.email}]]],
    }
