"""Tryton's books on one invoice: the credit notes posted against it, whoever made them and by whichever way.

Three ways lead from an invoice to its credits: our drafts and what Tryton makes of a returned sale name a line of a
return of that sale, its own dialog names the line of the invoice, and the sale may have credits of its own.
"""

from __future__ import annotations

from adapters.erp.tryton import documents, marks
from adapters.erp.tryton.client import VENDOR, Record, TrytonClient
from adapters.erp.tryton.documents import FIELDS, POSTED
from adapters.erp.tryton.values import minor
from adapters.errors import Permanent
from domain import ids
from domain.books import PostedCredit
from domain.invoice import Invoice
from domain.money import Money
from domain.refund import CreditLine

_MODEL = "account.invoice"


class CreditNotes:
    def __init__(self, client: TrytonClient) -> None:
        self._client = client

    async def of(self, invoice: Invoice) -> tuple[PostedCredit, ...]:
        original = await self._client.get(_MODEL, invoice.invoice_id, (*FIELDS, "sales"))
        found = await self._ids(original)
        domain = [["id", "in", sorted(found - {int(invoice.invoice_id)})], ["state", "in", list(POSTED)]]
        records = await self._client.find(_MODEL, domain, (*FIELDS, "lines.origin"))
        named = {f"account.invoice.line,{row.record['id']}": row.line_id for row in documents.rows_of(original)}
        posted = [_posted_credit_of(record, invoice, named) for record in records if record["total_amount"] <= 0]
        return tuple(sorted(posted, key=lambda memo: (memo.posted_on, int(memo.document))))

    async def _ids(self, original: Record) -> set[int]:
        orders = original["sales"]
        domain = [["OR", ["id", "in", orders], ["origin", "in", [f"sale.sale,{order}" for order in orders]]]]
        found = {
            memo for sale in await self._client.find("sale.sale", domain, ("invoices",)) for memo in sale["invoices"]
        }
        sources = [f"account.invoice.line,{line['id']}" for line in original["lines."]]
        rows = await self._client.find("account.invoice.line", [["origin", "in", sources]], ("invoice",))
        ours = [["reference", "=", original["number"]], ["description", "like", f"{ids.credit_key('')}%"]]
        written = await self._client.find(_MODEL, [*ours, ["type", "=", "out"]], ("id",))
        return found | {row["invoice"] for row in rows if row["invoice"]} | {memo["id"] for memo in written}


@documents.understood
def _posted_credit_of(record: Record, invoice: Invoice, named: dict[str, str]) -> PostedCredit:
    """Raises Permanent for a memo in another currency than the invoice's."""
    credit = documents.credit_of(record)
    currency = credit.total.currency
    if currency != invoice.currency:
        what = f"{credit.number} is in {currency}, invoice {invoice.number} in {invoice.currency}; finance must look"
        raise Permanent(VENDOR, "credits", what)
    key = str(record["description"] or "")
    return PostedCredit(
        document=credit.document,
        number=credit.number,
        key=key if ids.return_of_credit(key) else "",
        posted_on=documents.posted_on(record),
        total=credit.total,
        open=Money(-minor(record["amount_to_pay"], currency), currency),
        lines=_placed(record, credit.lines, named),
    )


def _placed(record: Record, lines: tuple[CreditLine, ...], named: dict[str, str]) -> tuple[CreditLine, ...]:
    """A row made straight from the invoice's line names it, where its note does not."""
    places = {
        f"erp-{line['id']}": named[line["origin"]]
        for line in record["lines."]
        if not marks.read(line["note"]).line_id and line["origin"] in named
    }
    found: dict[str, CreditLine] = {}
    for line in lines:
        line_id = places.get(line.line_id, line.line_id)
        seen = found.get(line_id, CreditLine(line_id, 0, 0))
        taxes = {code: seen.taxes.get(code, 0) + line.taxes.get(code, 0) for code in {**seen.taxes, **line.taxes}}
        found[line_id] = CreditLine(line_id, seen.quantity + line.quantity, seen.net + line.net, taxes)
    return tuple(found.values())
