"""NetSuite's books on one invoice: the credit memos posted against it, whoever made them and by whichever way."""

from __future__ import annotations

from datetime import date

from adapters.erp.netsuite import mapping
from adapters.erp.netsuite.client import VENDOR, NetSuiteClient, Record
from adapters.erp.netsuite.numbers import minor
from adapters.erp.netsuite.settings import Names
from adapters.errors import Permanent
from domain.books import PostedCredit
from domain.invoice import Invoice
from domain.money import Money
from domain.refund import CreditLine

# A memo names its order when it was transformed from something that does. One that does not is found by what it was
# made of: the invoice, or an authorization of it. A memo merely applied to the invoice credits none of its lines.
_OF_ORDER = "SELECT id FROM transaction WHERE type = 'CustCred' AND {field} = ?"
_MADE_OF = (
    "SELECT t.id, t.type FROM transactionline l JOIN transaction t ON t.id = l.transaction"
    " WHERE l.createdfrom = ? AND t.type IN ('CustCred', 'RtnAuth')"
)
_VOIDED = "V"


class CreditMemos:
    def __init__(self, client: NetSuiteClient, names: Names) -> None:
        self._client, self._names = client, names

    async def of(self, invoice: Invoice) -> tuple[PostedCredit, ...]:
        found = []
        for memo in await self._of_order(invoice) | await self._made_of(invoice.invoice_id):
            record = await self._client.get("creditMemo", memo)
            if mapping.state_of(record)[0] != _VOIDED:
                found.append(posted_credit_of(record, invoice, self._names))
        return tuple(sorted(found, key=lambda memo: (memo.posted_on, len(memo.document), memo.document)))

    async def _of_order(self, invoice: Invoice) -> set[str]:
        text = _OF_ORDER.format(field=self._names.order_field)
        return {row["id"] for row in await self._client.query(text, invoice.order_id)}

    async def _made_of(self, document: str) -> set[str]:
        found: set[str] = set()
        for row in await self._client.query(_MADE_OF, document):
            # An authorization credits nothing itself, what was made of it does.
            found |= {row["id"]} if row["type"] == "CustCred" else await self._made_of(row["id"])
        return found


@mapping.understood
def posted_credit_of(record: Record, invoice: Invoice, names: Names) -> PostedCredit:
    """Raises Permanent for a memo in another currency than the invoice's."""
    credit = mapping.credit_of(record, names)
    currency = credit.total.currency
    if currency != invoice.currency:
        what = f"{credit.number} is in {currency}, invoice {invoice.number} in {invoice.currency}; finance must look"
        raise Permanent(VENDOR, "credits", what)
    return PostedCredit(
        document=credit.document,
        number=credit.number,
        key=str(record.get("externalId", "")),
        posted_on=date.fromisoformat(record["tranDate"]),
        total=credit.total,
        open=Money(minor(record.get("amountRemaining", 0), currency), currency),
        lines=_placed(record, credit.lines, invoice),
    )


def _placed(record: Record, lines: tuple[CreditLine, ...], invoice: Invoice) -> tuple[CreditLine, ...]:
    """A memo made straight from the invoice names its lines by the invoice's own numbers, where it does not by ours."""
    if str(record.get("createdFrom", {}).get("id")) != invoice.invoice_id:
        return tuple(mapping.merged(lines))
    ours = {line.erp_line: line.line_id for line in invoice.lines}
    numbers = {f"erp-{row['line']}": str(row.get("orderLine", "")) for row in record["item"]["items"]}
    return tuple(
        mapping.merged(
            CreditLine(ours.get(numbers.get(line.line_id, ""), line.line_id), line.quantity, line.net, line.taxes)
            for line in lines
        )
    )
