"""Erasing a person: what has to be over before, what stays of a return, and when an answer is due.

What was posted stays with its amounts and the numbers of its documents: tax law asks for them, and they name nobody
once the rest is gone.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.refund import BY_HAND, Payout
from domain.returns import CustomerStage, Snapshot, customer_stage

# What is said in the place of a text that somebody typed.
GONE = "erased"
_MONTHS = 12

# Events whose text the return itself makes, of amounts, articles and document numbers. Of all others, those of later
# releases among them, only the kind, the time and who it was stay.
_OUR_WORDS = frozenset(
    {
        "requested", "quoted", "requoted", "confirmed", "authorized", "reminded", "kept", "missing", "expired",
        "received", "late_sent_back", "late_accepted", "unexpected", "unexpected_decided", "lost_decided",
        "inspection_done", "dispute_decided", "credited", "period_moved", "account_credit", "paid",
        "stock_moved", "stock_looked_up", "withdrawal_asked", "closed",
    }
)  # fmt: skip
# What of an event's details is a number of a document, a date or a word of ours.
_OUR_FACTS = frozenset(
    {
        "revision", "authorization", "storefront", "memo", "period", "rate", "base", "reference", "hold", "choice",
        "line", "request", "proposal", "amount",
    }
)  # fmt: skip


def is_open(snapshot: Snapshot) -> bool:
    """Whether the customer is still waited for, or waits: then their name and address are needed."""
    return customer_stage(snapshot.stage) is not CustomerStage.DONE


def answer_due(asked_at: datetime) -> datetime:
    """One month after the request: GDPR article 12 (3). Of a month that is shorter its last day."""
    year, month = asked_at.year + asked_at.month // _MONTHS, asked_at.month % _MONTHS + 1
    return asked_at.replace(year=year, month=month, day=min(asked_at.day, calendar.monthrange(year, month)[1]))


def erased(snapshot: Snapshot) -> Snapshot:
    """What stays of a return that is over: no customer's number, no parcel's number, nothing anybody typed."""
    return replace(
        snapshot,
        customer_id="",
        tracking=(),
        holds=tuple(replace(hold, detail=GONE, asked_by="", proposal=None) for hold in snapshot.holds),
        by_hand=tuple(replace(one, note=GONE) for one in snapshot.by_hand),
        payout=_payout(snapshot.payout),
        changes=tuple(replace(one, request=replace(one.request, by="")) for one in snapshot.changes),
    )


def _payout(payout: Payout | None) -> Payout | None:
    """By what finance paid outside of the shop is what somebody typed; the bank and the ERP have it too."""
    if payout is None:
        return None
    tenders = tuple(replace(one, reference=GONE) if one.kind == BY_HAND else one for one in payout.tenders)
    return replace(payout, tenders=tenders)


def event_text(kind: str, text: str) -> str:
    return text if kind in _OUR_WORDS else GONE


def event_detail(detail: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in detail.items() if name in _OUR_FACTS}
