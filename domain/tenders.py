"""A payout over the original tenders: one after the other, or as captured; never more than a tender can take."""

from __future__ import annotations

from collections.abc import Sequence

from domain.allocation import by_deficit
from domain.money import Money
from domain.order import Tender
from domain.policy import TenderSplit


def split(
    amount: Money, tenders: Sequence[Tender], order: Sequence[str], how: TenderSplit = TenderSplit.IN_ORDER
) -> tuple[tuple[Tender, Money], ...]:
    """What each tender takes of `amount`, at most what it captured and has not given back; tenders without a part are
    left out. What no tender can take is in no part: nobody is paid elsewhere.

    `order` names ids, kinds or gateways of tenders; those not named come last, as they stand. PRO_RATA is cumulative:
    after this payout each tender has given back its share of all that was given back, also by refunds of others.
    """
    room = {tender.tender_id: max(tender.captured.minor - tender.refunded.minor, 0) for tender in tenders}
    left = min(amount.minor, sum(room.values()))
    ranked = sorted(tenders, key=lambda tender: _rank(tender, order))
    parts = _as_captured(left, ranked) if how is TenderSplit.PRO_RATA else _in_order(left, ranked, room)
    found = [(tender, Money(parts[tender.tender_id], amount.currency)) for tender in ranked]
    return tuple((tender, part) for tender, part in found if part.minor > 0)


def _rank(tender: Tender, order: Sequence[str]) -> int:
    named = [place for place, name in enumerate(order) if name in (tender.tender_id, tender.kind, tender.gateway)]
    return min(named, default=len(order))


def _in_order(left: int, ranked: Sequence[Tender], room: dict[str, int]) -> dict[str, int]:
    parts = {}
    for tender in ranked:
        parts[tender.tender_id] = min(room[tender.tender_id], left)
        left -= parts[tender.tender_id]
    return parts


def _as_captured(left: int, tenders: Sequence[Tender]) -> dict[str, int]:
    captured = {tender.tender_id: tender.captured.minor for tender in tenders}
    refunded = {tender.tender_id: tender.refunded.minor for tender in tenders}
    return by_deficit(left, captured, refunded, left + sum(refunded.values()), max(sum(captured.values()), 1))
