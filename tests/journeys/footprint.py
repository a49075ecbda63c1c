"""What a return leaves behind at every vendor, in lines that two returns of one shape share to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.returns import Snapshot
from stories.baskets import Basket
from stories.play import Theatre

VENDORS = ("netsuite", "shopify", "salesforce", "dynamics")
# What a CRM shows of a return, and by which column its rows name it or its customer.
_SHOWN = {
    "salesforce": {
        "ReturnOrder": ("Returns_Ref__c", ("Status", "Return_Stage__c", "Credited_Amount__c", "Refund_Amount__c")),
        "ReturnOrderLineItem": ("Returns_Line_Ref__c", ("QuantityReceived", "QuantityRejected")),
        "Account": ("Shop_Customer_Ref__c", ()),
        "Contact": ("Shop_Customer_Ref__c", ()),
    },
    "dynamics": {
        "msdyn_rmas": ("bh_returnref", ("statuscode", "bh_stage", "bh_creditedamount", "bh_paidamount")),
        "msdyn_rmaproducts": ("bh_lineref", ("bh_accepted", "bh_rejected")),
        "accounts": ("bh_customerref", ()),
        "contacts": ("bh_customerref", ()),
    },
}
_ORDERED = ("salesOrder", "invoice", "customerPayment")


@dataclass(frozen=True)
class Books:
    """Everything the vendors hold, read at one moment."""

    views: dict[str, dict[str, Any]]
    mails: list[dict[str, Any]]

    def footprint(self, basket: Basket, snapshot: Snapshot) -> list[str]:
        number, return_id = str(basket["order_id"]), snapshot.return_id
        lines = [*self._our_books(snapshot), *self._erp(number), *self._shop(number), *self._mails(number)]
        lines += [line for vendor in _SHOWN for line in self._crm(vendor, number)]
        return sorted(line.replace(return_id, "R").replace(number, "N") for line in lines)

    def documents(self, number: str) -> dict[str, list[dict[str, Any]]]:
        """The ERP's documents of one order's returns, by kind. Stock transfers name it by their key only."""
        return {
            kind: [doc for doc in docs if str(doc["order"]) == number or number in str(doc["externalId"])]
            for kind, docs in self.views["netsuite"]["documents"].items()
            if kind not in _ORDERED
        }

    def refunds(self, number: str) -> list[tuple[str, int]]:
        """(gateway, minor units) of every movement of money back to the customer in the shop."""
        moved = self.views["shopify"]["orders"][number]["transactions"]
        return [(one["gateway"], one["amount"]) for one in moved if one["kind"] == "REFUND"]

    def crm_rows(self, vendor: str, number: str) -> dict[str, list[str]]:
        """The keys of the rows a CRM has for an order's return and customer, by table."""
        return {
            table: [str(row[key]) for row in self.views[vendor][table] if number in str(row[key])]
            for table, (key, _) in _SHOWN[vendor].items()
        }

    def _our_books(self, snap: Snapshot) -> Iterator[str]:
        paid = snap.payout.total if snap.payout else None
        yield f"return {snap.stage}, agreed {snap.agreed}, credited {snap.credited}, paid {paid}, {snap.matched}"
        yield from (f"hold {hold.reason}" for hold in snap.holds)
        yield from (f"crm {state.org} parked {state.parked}" for state in snap.crm)

    def _erp(self, number: str) -> Iterator[str]:
        for kind, docs in self.documents(number).items():
            for doc in docs:
                pieces = [(line["sku"], line["quantity"], line.get("closed")) for line in doc.get("lines", ())]
                yield f"{kind} {doc['externalId']} {doc['status']} {doc.get('total')} {pieces}"
        for row in self.views["netsuite"]["stock"]:
            if number in row["sku"]:
                yield f"erp stock {row['sku']} {row['status']} {row['quantity']}"

    def _shop(self, number: str) -> Iterator[str]:
        shop = self.views["shopify"]
        for one in shop["returns"].values():
            if str(one["order_id"]) == number:
                yield f"shop return {one['status']} {[(line['quantity'], line['processed']) for line in one['lines']]}"
        yield from (f"shop refund {gateway} {amount}" for gateway, amount in self.refunds(number))
        for sku, level in shop["stock"].items():
            if number in sku:
                yield f"shop stock {sku} {[level[name] for name in ('available', 'damaged', 'quality_control')]}"
        for change in shop["adjustments"]:
            for part in change["changes"]:
                if number in part["sku"]:
                    yield f"shop stock change {part['sku']} {part['name']} {part['delta']}"

    def _crm(self, vendor: str, number: str) -> Iterator[str]:
        for table, (key, columns) in _SHOWN[vendor].items():
            for row in self.views[vendor][table]:
                if number in str(row[key]):
                    yield f"{vendor} {table} {row[key]} {[row[name] for name in columns]}"

    def _mails(self, number: str) -> Iterator[str]:
        """A mail that came twice under one Message-ID is one to whoever receives it."""
        seen = {mail["message_id"]: mail["subject"] for mail in self.mails if number in mail["to"][0]}
        yield from (f"mail {subject}" for subject in seen.values())


async def books(theatre: Theatre) -> Books:
    views = {}
    for vendor in VENDORS:
        answer = await theatre.control.get(f"/books/{vendor}")
        answer.raise_for_status()
        views[vendor] = answer.json()
    return Books(views, (await theatre.control.get("/mail")).json())
