"""Credit notes: kept as a draft from the quote on, put right before the posting, posted once.

Tryton works the tax of a document out on the sum of its lines. Of a part of an invoice that may be a cent or two off
what the parts before leave, and then the last part could not sum to the invoice. Tryton lets a draft's tax amount be
corrected, as long as its base is right, and posts it so: within rounding it is set to the reversal's; what is further
off is left as Tryton says, and whoever compares sees the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from adapters.erp.tryton import documents, marks
from adapters.erp.tryton.catalog import Catalog
from adapters.erp.tryton.client import Record, TrytonClient
from adapters.erp.tryton.documents import FIELDS, POSTED, code_of, currency_of
from adapters.erp.tryton.rows import Source, rows, same
from adapters.erp.tryton.twins import busy, chosen
from adapters.erp.tryton.values import amount, minor
from adapters.errors import ClosedPeriod, Permanent
from domain.refund import CreditLine

_MODEL = "account.invoice"
_HEAD = ("company", "party", "invoice_address", "currency", "account", "journal", "payment_term")
# A cumulative target is off by less than a cent, and so is what was taken before: a line's share by less than two.
_DOUBT = 2


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note as it should be. `promised` are the return's own lines in Tryton, by line id."""

    key: str
    invoice: str
    lines: tuple[CreditLine, ...]
    promised: dict[str, int]


class Memos:
    def __init__(self, client: TrytonClient, catalog: Catalog) -> None:
        self._client, self._catalog = client, catalog

    async def find(self, key: str) -> Record | None:
        """The credit note under our key."""
        memo, left_over = chosen(await self._all(key), POSTED, key)
        for other in left_over:
            await self._client.delete(_MODEL, other["id"])
        return memo

    async def draft(self, credit: Credit) -> Record:
        """The draft that says what `credit` does, as Tryton has worked it out. What is posted already is answered."""
        original = await self._client.get(_MODEL, credit.invoice, FIELDS)
        wanted = await self._rows(credit, original)
        memo = await self.find(credit.key)
        if memo is None:
            memo = await self._make(credit.key, original, wanted)
        if memo["state"] in POSTED:
            return memo
        memo = await self._with_rows(memo, wanted)
        return await self._with_taxes(memo)

    async def post(self, memo: Record, next_open: bool, tax_point: date | None) -> Record:
        """Raises ClosedPeriod. `next_open`: booked on the first open day, with the tax point as it was to be."""
        if memo["state"] in POSTED:
            return memo
        opening = await self._catalog.next_open_day(memo["company"]) if next_open else None
        try:
            await self._dated(memo, opening, tax_point if next_open else None)
            await self._client.press(_MODEL, memo, "post", POSTED)
        except ClosedPeriod:
            raise
        except Permanent:
            if not next_open or tax_point is None:
                raise
            # Numbers follow the dates: after a later credit there is none for an earlier day. The lines keep the
            # day of their taxes, and the document is dated today.
            await self._dated(memo, opening, None)
            await self._client.press(_MODEL, memo, "post", POSTED)
        return await self._client.get(_MODEL, memo["id"], FIELDS)

    async def discard(self, key: str) -> None:
        """Drafts leave no trace; what is posted stays, for it counts."""
        for memo in await self._all(key):
            if memo["state"] == "draft":
                await self._client.delete(_MODEL, memo["id"])

    async def _dated(self, memo: Record, accounting: date | None, invoice: date | None) -> None:
        """Into the period of `accounting`, as of `invoice`; None is the day it is posted."""
        if (memo["accounting_date"], memo["invoice_date"]) != (accounting, invoice) or accounting:
            await self._client.write(_MODEL, memo, {"accounting_date": accounting, "invoice_date": invoice})

    async def _all(self, key: str) -> list[Record]:
        domain = [["description", "=", key], ["type", "=", "out"], ["state", "!=", "cancelled"]]
        return await self._client.find(_MODEL, domain, FIELDS)

    async def _rows(self, credit: Credit, original: Record) -> list[Record]:
        known = {row.line_id: row.record for row in documents.rows_of(original)}
        sources = {}
        for line in credit.lines:
            promised = credit.promised.get(line.line_id)
            origin = None if promised is None else f"sale.line,{promised}"
            if line.line_id in known:
                sources[line.line_id] = _of_line(known[line.line_id], original, origin)
            else:
                sources[line.line_id] = _of_service(
                    await self._catalog.service(line.line_id, original["company"]), origin
                )
        charged = {code for line in credit.lines if sources[line.line_id].taxes is None for code in line.taxes}
        taxes = await self._catalog.taxes(charged) if charged else {}
        return rows(credit.lines, sources, taxes, await self._catalog.price_digits(), currency_of(original))

    async def _make(self, key: str, original: Record, wanted: list[Record]) -> Record:
        head: Record = {name: original[name] for name in _HEAD}
        head |= {"type": "out", "description": key, "reference": original["number"]}
        lines = [row | {name: original[name] for name in ("company", "currency")} for row in wanted]
        made = await self._client.create(_MODEL, head | {"lines": [["create", lines]]})
        found = await self._all(key)
        if len(found) > 1:
            await self._client.delete(_MODEL, made)
            raise busy(key)
        return found[0]

    async def _with_rows(self, memo: Record, wanted: list[Record]) -> Record:
        lines = sorted(memo["lines."], key=lambda line: int(line["id"]))
        if len(lines) == len(wanted) and all(same(*pair) for pair in zip(wanted, lines, strict=True)):
            return memo
        common = {name: memo[name] for name in ("company", "currency")}
        changes = [["delete", [line["id"] for line in lines]], ["create", [row | common for row in wanted]]]
        await self._client.write(_MODEL, memo, {"lines": changes})
        return await self._client.get(_MODEL, memo["id"], FIELDS)

    async def _with_taxes(self, memo: Record) -> Record:
        changes = _corrections(memo)
        if not changes:
            return memo
        await self._client.write(_MODEL, memo, {"taxes": changes})
        return await self._client.get(_MODEL, memo["id"], FIELDS)


def _of_line(line: Record, original: Record, origin: str | None) -> Source:
    # The taxes are those of the invoice, at the rates of its day.
    day = line["taxes_date"] or original["accounting_date"] or original["invoice_date"]
    return Source(
        line["product"], line["unit"], line["account"], line["description"] or "", tuple(line["taxes"]), day, origin
    )


def _of_service(product: Record, origin: str | None) -> Source:
    unit, account = product["default_uom"], product["account"]
    return Source(product["id"], unit, account, str(product["name"]), None, None, origin)


@documents.understood
def _corrections(memo: Record) -> list[Any]:
    """Writes of tax amounts that rounding alone has put off."""
    currency, changes = currency_of(memo), []
    for (code, charged), (ours, count) in _shares(memo).items():
        theirs = [tax for tax in memo["taxes."] if (code_of(tax), tax["base"] >= 0) == (code, charged)]
        off = ours - sum(minor(tax["amount"], currency) for tax in theirs)
        if off and theirs and abs(off) <= _DOUBT * count + 1:
            right = theirs[0]["amount"] + amount(off, currency)
            changes.append(["write", [theirs[0]["id"]], {"amount": right}])
    return changes


def _shares(memo: Record) -> dict[tuple[str, bool], tuple[int, int]]:
    """By tax code, and whether it is charged rather than given back, as Tryton keeps them apart: what the rows' notes
    say of it, with Tryton's sign, and of how many rows."""
    currency, found = currency_of(memo), dict[tuple[str, bool], tuple[int, int]]()
    for line in memo["lines."]:
        charged = line["amount"] >= 0
        for code, tax in marks.read(line["note"]).taxes.items():
            amount_so_far, count = found.get((code, charged), (0, 0))
            found[code, charged] = amount_so_far - minor(tax, currency), count + 1
    return found
