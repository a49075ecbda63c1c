"""The ledger of an invoice as it follows from the ERP's documents, and where the one we kept differs.

The invoice gives what was posted, every credit memo an entry of what it took. Reservations of open returns stay: no
document of the ERP knows them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.books import PostedCredit
from domain.errors import Refusal
from domain.invoice import Invoice, is_adjustment
from domain.ledger import Amounts, Entry, LedgerPage, PostedLine, Shortage, State, amounts, posted_lines, shortages
from domain.money import half_up
from domain.refund import CreditLine
from domain.units import FULL_VALUE


@dataclass(frozen=True, slots=True)
class Correction:
    """One place where the ledger differs from the document named: ours, and what the ERP's books say."""

    line_id: str
    component: str
    ours: int
    theirs: int
    document: str


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A line of a credit memo that credits no line of the invoice: nobody is promised less because of it."""

    document: str
    line_id: str
    total: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`page` is the ledger as the ERP's documents have it; `corrections` is what that changes."""

    page: LedgerPage
    corrections: tuple[Correction, ...]
    shortages: tuple[Shortage, ...]
    unplaced: tuple[Unplaced, ...]


def rebuild(kept: LedgerPage, invoice: Invoice, posted: tuple[PostedCredit, ...]) -> Rebuilt:
    """Raises Refusal when the invoice changed its currency: amounts of two currencies are not compared."""
    if kept.lines and kept.currency != invoice.currency:
        raise Refusal(
            f"the ledger has invoice {invoice.number} in {kept.currency}, the ERP has it in {invoice.currency}; finance"
            " must settle which is right"
        )
    lines = posted_lines(invoice)
    memos = {credit.holder: credit for credit in posted}
    entries = [entry for entry in kept.entries if entry.holder not in memos and entry.state is not State.REVERSED]
    # A memo that is no longer there took nothing. The entry stays, to show that it was there.
    gone = [entry for entry in kept.entries if entry.holder not in memos and entry.state is State.REVERSED]
    entries += [replace(entry, state=State.RELEASED) for entry in gone]
    unplaced = []
    for holder, credit in memos.items():
        for line in credit.lines:
            if not is_adjustment(line.line_id) and not any(one.line_id == line.line_id for one in lines):
                unplaced.append(Unplaced(credit.number, line.line_id, line.total))
                continue
            before = next((e for e in kept.entries if (e.holder, e.line_id) == (holder, line.line_id)), None)
            entries.append(_entry(holder, line, before, lines))
    page = LedgerPage(invoice.invoice_id, invoice.order_id, invoice.currency, lines, tuple(entries))
    found = [*_of_lines(kept, page, invoice), *_of_entries(kept, page, memos)]
    return Rebuilt(page, tuple(found), shortages(page), tuple(unplaced))


def _entry(holder: str, line: CreditLine, before: Entry | None, lines: tuple[PostedLine, ...]) -> Entry:
    parts = amounts(line.net, line.taxes)
    if is_adjustment(line.line_id):
        return Entry(holder, line.line_id, 0, 0, parts, State.REVERSED)
    if before is not None and before.quantity == line.quantity:
        # How much of a unit was credited is ours to know: no document of the ERP says it.
        return Entry(holder, line.line_id, line.quantity, before.value, parts, State.REVERSED)
    posted = next(one for one in lines if one.line_id == line.line_id)
    return Entry(holder, line.line_id, line.quantity, value_of(posted, line), parts, State.REVERSED)


def value_of(posted: PostedLine, line: CreditLine) -> int:
    """How much of the line a credit took, in millionths of a unit, told by its amount.

    Units credited in full, but for the part of a cent that rounding takes, count whole. Less counts as much less, so
    that the next return is not given what this one was denied. More counts no more than the units: the next return is
    given less.
    """
    full = line.quantity * FULL_VALUE
    if not posted.total or line.total >= posted.total * line.quantity // posted.quantity:
        return full
    return min(full, half_up(max(line.total, 0) * posted.quantity * FULL_VALUE, posted.total))


def _of_lines(kept: LedgerPage, page: LedgerPage, invoice: Invoice) -> list[Correction]:
    document = f"invoice {invoice.number}"
    found = []
    for line_id in {line.line_id: None for line in (*page.lines, *kept.lines)}:
        ours, theirs = kept.line(line_id), page.line(line_id)
        found += _differing(line_id, _with_units(ours), _with_units(theirs), document)
    return found


def _with_units(line: PostedLine | None) -> Amounts:
    return {"units": line.quantity, **line.parts} if line else {}


def _of_entries(kept: LedgerPage, page: LedgerPage, memos: dict[str, PostedCredit]) -> list[Correction]:
    """What memos took: a reservation whose memo is posted by now counts as nothing taken yet."""
    ours, theirs = _reversed(kept), _reversed(page)
    found = []
    for holder, line_id in sorted(ours.keys() | theirs.keys()):
        memo = memos.get(holder)
        document = f"credit memo {memo.number} ({holder})" if memo else f"no credit memo ({holder})"
        found += _differing(line_id, ours.get((holder, line_id), {}), theirs.get((holder, line_id), {}), document)
    return found


def _reversed(page: LedgerPage) -> dict[tuple[str, str], Amounts]:
    return {
        (entry.holder, entry.line_id): {"units": entry.quantity, **entry.parts}
        for entry in page.entries
        if entry.state is State.REVERSED
    }


def _differing(line_id: str, ours: Amounts, theirs: Amounts, document: str) -> list[Correction]:
    return [
        Correction(line_id, component, ours.get(component, 0), theirs.get(component, 0), document)
        for component in {**theirs, **ours}
        if ours.get(component, 0) != theirs.get(component, 0)
    ]
