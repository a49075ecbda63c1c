"""The explanation of a return's numbers as front doors show it. Amounts are decimals of the invoice's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.explanation import Explanation, Figure
from domain.money import Money


@dataclass(frozen=True, slots=True)
class FigureView:
    """One component of a line. `credit_memo` is null until it is posted; `difference` is against the quote."""

    posted: str
    other_returns: str
    quote: str
    credit_memo: str | None
    difference: str


@dataclass(frozen=True, slots=True)
class LineView:
    """`units` are those of this return, `of` those posted. Components are 'net' and 'tax <code>'."""

    line_id: str
    sku: str
    units: int
    of: int
    reason: str
    components: Mapping[str, FigureView]


@dataclass(frozen=True, slots=True)
class MemoView:
    number: str
    total: str | None


@dataclass(frozen=True, slots=True)
class TenderView:
    tender: str
    amount: str


@dataclass(frozen=True, slots=True)
class PayoutView:
    total: str | None
    tenders: tuple[TenderView, ...]


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """`totals` sum every tax code; `remarks` say who said what wherever numbers differ."""

    return_id: str
    order_id: str
    invoice: str
    currency: str
    lines: tuple[LineView, ...]
    totals: Mapping[str, FigureView]
    policies: tuple[str, ...]
    quote: str | None
    agreed: str | None
    credit_memo: MemoView
    payout: PayoutView
    remarks: tuple[str, ...]


def view_of(found: Explanation) -> ExplanationView:
    return ExplanationView(
        return_id=found.return_id,
        order_id=found.order_id,
        invoice=found.invoice,
        currency=found.currency,
        lines=tuple(
            LineView(
                line.line_id, line.sku, line.units, line.of, line.reason, _components(line.figures, found.currency)
            )
            for line in found.lines
        ),
        totals=_components(found.taxes, found.currency),
        policies=found.policies,
        quote=decimal(found.quote),
        agreed=decimal(found.agreed),
        credit_memo=MemoView(found.memo_number, decimal(found.memo)),
        payout=PayoutView(
            decimal(found.payout), tuple(TenderView(tender, amount.decimal()) for tender, amount in found.tenders)
        ),
        remarks=found.remarks,
    )


def told(figure: Figure, currency: str) -> FigureView:
    memo = None if figure.credited is None else Money(figure.credited, currency)
    numbers = (figure.posted, figure.others, figure.quoted)
    posted, others, quoted = (Money(number, currency).decimal() for number in numbers)
    return FigureView(posted, others, quoted, decimal(memo), Money(figure.difference, currency).decimal())


def decimal(amount: Money | None) -> str | None:
    return amount.decimal() if amount is not None else None


def _components(figures: tuple[Figure, ...], currency: str) -> dict[str, FigureView]:
    return {one.component: told(one, currency) for one in figures}
