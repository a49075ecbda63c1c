"""The authorization: a sale of negative quantities, kept as a draft until it is approved, and confirmed at the end.

It says what may come back; what that is worth says the credit note beside it. As an order of the web shop it carries
our key in a field that Tryton holds unique, so one return never has two. A draft is pending, a quotation is approved:
both can still be cancelled, which a confirmed sale can not.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.erp.tryton import documents, marks
from adapters.erp.tryton.catalog import Catalog
from adapters.erp.tryton.client import VENDOR, AlreadyThere, Record, TrytonClient
from adapters.erp.tryton.documents import POSTED
from adapters.errors import Permanent
from domain.invoice import SHIPPING_LINE
from domain.refund import CreditLine

_MODEL = "sale.sale"
_CONFIRMED = ("confirmed", "processing", "done")
_APPROVED = ("quotation", *_CONFIRMED)
_FIELDS = (
    "number", "reference", "state", "party", "company", "currency", "warehouse", "shipment_party", "web_id", "origin",
    "lines.note", "lines.quantity", "lines.product", "lines.product.type", "lines.unit", "lines.unit_price",
    "invoices", "shipment_returns",
)  # fmt: skip
_HEAD = (
    "company", "party", "invoice_party", "invoice_address", "shipment_party", "shipment_address", "warehouse",
    "currency", "payment_term",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promise:
    """A return as Tryton has it. `lines` are its lines by our line ids: goods, and shipping, but no charges."""

    record: Record
    lines: dict[str, Record]

    @property
    def id(self) -> int:
        return int(self.record["id"])

    @property
    def state(self) -> str:
        return str(self.record["state"])

    @property
    def ids(self) -> dict[str, int]:
        return {line_id: int(line["id"]) for line_id, line in self.lines.items()}


class Promises:
    def __init__(self, client: TrytonClient, catalog: Catalog) -> None:
        self._client, self._catalog = client, catalog

    async def get(self, authorization: str) -> Promise:
        """Raises Permanent when there is none."""
        return _promise_of(await self._client.get(_MODEL, authorization, _FIELDS))

    async def find(self, key: str) -> Promise | None:
        domain = [["web_shop", "=", await self._catalog.web_shop()], ["web_id", "=", key]]
        found = await self._client.find(_MODEL, domain, _FIELDS)
        return _promise_of(found[0]) if found else None

    async def open(self, key: str, return_id: str, order_id: str, invoice: Record, lines: list[CreditLine]) -> Promise:
        """The draft sale under the key, made unless it is there. Raises Permanent when units are promised already."""
        there = await self.find(key)
        if there is not None:
            return there
        shop = await self._catalog.web_shop()
        domain = [["web_shop", "=", shop], ["web_id", "=", order_id]]
        orders = await self._client.find(_MODEL, domain, _HEAD)
        if not orders:
            raise Permanent(VENDOR, "quote", f"order {order_id} is not in the web shop any more", "NO_ORDER")
        order = orders[0]
        await self._check_left(order["id"], invoice, lines)
        sold = {row.line_id: row.record for row in documents.rows_of(invoice)}
        rows = [_row(line, sold[line.line_id]) for line in lines if line.line_id in sold]
        head: Record = {name: order[name] for name in _HEAD} | {
            "web_shop": shop, "web_id": key, "reference": return_id, "origin": f"{_MODEL},{order['id']}",
            "description": f"Return of invoice {invoice['number']}", "invoice_method": "manual",
            "shipment_method": "manual", "lines": [["create", rows]],
        }  # fmt: skip
        try:
            made = await self._client.create(_MODEL, head)
        except AlreadyThere:
            there = await self.find(key)
            if there is None:
                raise
            return there
        return await self.get(str(made))

    async def approve(self, promise: Promise) -> None:
        if promise.state == "cancelled":
            raise Permanent(VENDOR, "authorize", f"{_name(promise)} is cancelled: it cannot be approved", "cancelled")
        if promise.state == "draft":
            await self._client.press(_MODEL, promise.record, "quote", _APPROVED)

    def check_approved(self, promise: Promise) -> None:
        """Raises Permanent before the approval and after a cancellation."""
        if promise.state in ("draft", "cancelled"):
            raise Permanent(VENDOR, "authorization", f"{_name(promise)} is {promise.state}", promise.state)

    async def conclude(self, promise: Promise) -> None:
        """Nothing more will come: confirmed, it counts in Tryton's own statistics and ends when all is paid."""
        if promise.state == "quotation":
            await self._client.press(_MODEL, promise.record, "confirm", _CONFIRMED)

    async def cancel(self, promise: Promise) -> None:
        if promise.state in ("draft", "quotation"):
            await self._client.press(_MODEL, promise.record, "cancel", ("cancelled",))

    async def _check_left(self, order: int, invoice: Record, lines: list[CreditLine]) -> None:
        """Tryton itself lets more come back than was sold."""
        domain = [["origin", "=", f"{_MODEL},{order}"], ["state", "!=", "cancelled"]]
        others = await self._client.find(
            _MODEL, domain, ("lines.note", "lines.quantity", "invoices.state", "invoices.lines.note",
                             "invoices.lines.quantity")
        )  # fmt: skip
        promised: dict[str, int] = {}
        for other in others:
            memos = [memo for memo in other["invoices."] if memo["state"] in POSTED]
            counted = [line for memo in memos for line in memo["lines."]] or other["lines."]
            for line in counted:
                mark = marks.read(line["note"])
                units = mark.units if mark.units is not None else round(abs(line["quantity"] or 0))
                promised[mark.line_id] = promised.get(mark.line_id, 0) + units
        for row in documents.rows_of(invoice):
            wanted = sum(line.quantity for line in lines if line.line_id == row.line_id)
            left = round(row.record["quantity"]) - promised.get(row.line_id, 0)
            if row.line_id != SHIPPING_LINE and wanted > left:
                what = f"line {row.line_id} has {left} units of the invoice left, not {wanted}"
                raise Permanent(VENDOR, "quote", what, "EXCEEDS_INVOICE")


def _row(line: CreditLine, sold: Record) -> Record:
    return {
        "type": "line", "quantity": -float(line.quantity), "unit": sold["unit"], "product": sold["product"],
        "unit_price": sold["unit_price"], "taxes": [["add", sold["taxes"]]], "note": marks.write(line.line_id),
        "description": sold["description"],
    }  # fmt: skip


@documents.understood
def _promise_of(record: Record) -> Promise:
    return Promise(record, {marks.read(line["note"]).line_id: line for line in record["lines."]})


def _name(promise: Promise) -> str:
    return str(promise.record["number"] or promise.record["reference"])
