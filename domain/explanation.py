"""A return's money line by line, from the invoice to the payout, and why each number is what it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.invoice import SHIPPING_LINE, is_adjustment
from domain.ledger import Amounts, LedgerPage, PostedLine, State, added, amounts
from domain.money import Money
from domain.refund import CreditLine, Payout, Quote, TenderPayout
from domain.returns import Snapshot
from domain.units import FULL_VALUE


@dataclass(frozen=True, slots=True)
class Figure:
    """One component of a line ('net' or 'tax <code>'), in minor units: as posted, what other returns hold of it, what
    this return's quote and credit memo say (None: not posted yet)."""

    component: str
    posted: int
    others: int
    quoted: int
    credited: int | None

    @property
    def difference(self) -> int:
        return 0 if self.credited is None else self.credited - self.quoted


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """`units` are those of this return, `of` those posted."""

    line_id: str
    sku: str
    units: int
    of: int
    figures: tuple[Figure, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`taxes` sums every tax code over quote and memo. `remarks` say who said what wherever numbers differ, and what
    people decided about it."""

    return_id: str
    order_id: str
    invoice: str
    currency: str
    lines: tuple[ExplainedLine, ...]
    taxes: tuple[Figure, ...]
    policies: tuple[str, ...]
    quote: Money | None
    agreed: Money | None
    memo: Money | None
    memo_number: str
    payout: Money | None
    tenders: tuple[tuple[str, Money], ...]
    remarks: tuple[str, ...]


def explain(snap: Snapshot, pages: tuple[LedgerPage, ...]) -> Explanation:
    """`pages` are what the ledger holds of the order's invoices."""
    page = _page(snap, pages)
    quoted = _by_line(snap.quote.lines if snap.quote else ())
    credited = _by_line(snap.memo_lines) if snap.memo_lines else None
    lines = tuple(_line(snap, page, line_id, quoted, credited) for line_id in _order(page, quoted, credited or {}))
    payout = snap.payout
    tenders = [(f"{part.kind} {part.reference or part.tender_id}", part.amount) for part in _paid(payout)]
    if payout is not None and payout.on_account.minor:
        tenders.append(("on account", payout.on_account))
    return Explanation(
        return_id=snap.return_id,
        order_id=snap.order_id,
        invoice=snap.quote.invoice if snap.quote else "",
        currency=snap.currency,
        lines=lines,
        taxes=_taxes(lines),
        policies=snap.quote.policies if snap.quote else (),
        quote=snap.quote.total if snap.quote else None,
        agreed=snap.agreed,
        memo=snap.credited,
        memo_number=snap.credit_memo,
        payout=payout.total if payout else None,
        tenders=tuple(tenders),
        remarks=tuple(_remarks(snap, lines)),
    )


def _paid(payout: Payout | None) -> tuple[TenderPayout, ...]:
    return payout.tenders if payout else ()


def _page(snap: Snapshot, pages: tuple[LedgerPage, ...]) -> LedgerPage:
    mine = [page for page in pages if any(entry.holder == snap.return_id for entry in page.entries)]
    return next(iter((*mine, *pages)), LedgerPage("", snap.order_id, snap.currency))


def _by_line(lines: Iterable[CreditLine]) -> dict[str, tuple[int, Amounts]]:
    """Units and amounts by line."""
    found: dict[str, tuple[int, Amounts]] = {}
    for line in lines:
        units, parts = found.get(line.line_id, (0, {}))
        found[line.line_id] = (units + line.quantity, added(parts, amounts(line.net, line.taxes)))
    return found


def _order(page: LedgerPage, *of: dict[str, tuple[int, Amounts]]) -> list[str]:
    """The lines this return is about: goods as the ledger has them, then shipping, then what policies add."""
    named = dict.fromkeys(line_id for credit in of for line_id in credit)
    goods = [line.line_id for line in page.lines if line.line_id in named and line.line_id != SHIPPING_LINE]
    rest = [line_id for line_id in named if line_id not in goods]
    return goods + sorted(rest, key=lambda line_id: (is_adjustment(line_id), line_id != SHIPPING_LINE))


def _line(
    snap: Snapshot,
    page: LedgerPage,
    line_id: str,
    quoted: dict[str, tuple[int, Amounts]],
    credited: dict[str, tuple[int, Amounts]] | None,
) -> ExplainedLine:
    posted = page.line(line_id) or PostedLine(line_id, 0, {})
    others = _others(snap, page, line_id)
    units, mine = quoted.get(line_id, (0, {}))
    memo = None if credited is None else credited.get(line_id, (0, {}))[1]
    components = dict.fromkeys((*posted.parts, *others, *mine, *(memo or {})))
    return ExplainedLine(
        line_id=line_id,
        sku=next((line.sku for line in snap.lines if line.line_id == line_id), ""),
        units=units,
        of=posted.quantity,
        figures=tuple(
            Figure(
                part,
                posted.parts.get(part, 0),
                others.get(part, 0),
                mine.get(part, 0),
                None if memo is None else memo.get(part, 0),
            )
            for part in components
        ),
        reason=_reason(snap, page, posted, units),
    )


def _others(snap: Snapshot, page: LedgerPage, line_id: str) -> Amounts:
    held: Amounts = {}
    for entry in page.entries:
        if entry.line_id == line_id and entry.holder != snap.return_id and entry.state is not State.RELEASED:
            held = added(held, entry.parts)
    return held


def _reason(snap: Snapshot, page: LedgerPage, posted: PostedLine, units: int) -> str:
    line_id = posted.line_id
    if line_id == SHIPPING_LINE or is_adjustment(line_id):
        return next((note.reason for note in snap.quote.notes if note.name == line_id), "") if snap.quote else ""
    entries = [entry for entry in page.entries if entry.line_id == line_id and entry.state is not State.RELEASED]
    before = sum(entry.quantity for entry in entries if entry.holder != snap.return_id)
    value = next((entry.value for entry in entries if entry.holder == snap.return_id), units * FULL_VALUE)
    told = f"{units} of {posted.quantity} units" + (f", {before} with other returns" if before else "")
    if units and value != units * FULL_VALUE:
        hundredths = value * 10_000 // (units * FULL_VALUE)
        told += f", at {hundredths // 100}.{hundredths % 100:02d} % of their value"
    return told


def _taxes(lines: tuple[ExplainedLine, ...]) -> tuple[Figure, ...]:
    """Every component summed over the lines, the net amounts first."""
    sums: dict[str, Figure] = {}
    for figure in (one for line in lines for one in line.figures):
        so_far = sums.get(figure.component, Figure(figure.component, 0, 0, 0, None if figure.credited is None else 0))
        credited = None if figure.credited is None else (so_far.credited or 0) + figure.credited
        sums[figure.component] = Figure(
            figure.component, so_far.posted + figure.posted, so_far.others + figure.others,
            so_far.quoted + figure.quoted, credited,
        )  # fmt: skip
    return tuple(sums[name] for name in sorted(sums))


def _remarks(snap: Snapshot, lines: tuple[ExplainedLine, ...]) -> Iterable[str]:
    quote: Quote | None = snap.quote
    for one in quote.differences if quote else ():
        yield f"{one.where}: we worked out {_plain(snap, one.ours)}, the ERP quoted {_plain(snap, one.theirs)}"
    for line in lines:
        for figure in line.figures:
            if figure.difference:
                quoted, posted = _plain(snap, figure.quoted), _plain(snap, figure.credited or 0)
                yield f"{line.line_id} {figure.component}: the quote says {quoted}, the ERP posted {posted}"
    for one in snap.differences:
        yield f"{one.where}: ours {_plain(snap, one.ours)}, theirs {_plain(snap, one.theirs)}"
    for hand in snap.by_hand:
        yield f"{hand.what} by {hand.by}, {hand.amount}: {hand.detail}" + (f" ({hand.note})" if hand.note else "")
    if quote is not None and quote.leans:
        yield "a part of the quote is due only if other open returns of the order are credited too"


def _plain(snap: Snapshot, minor: int) -> str:
    return Money(minor, snap.currency).decimal()
