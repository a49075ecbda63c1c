"""What becomes of a request for a change: accepted, refused with a sentence, or a person decides. By kind and stage.

The rules look and say; they change nothing. Money is never theirs to give: another number comes from a new quote of
the ERP, or from a person with a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain import money
from domain.change_request import ChangeRequest, RequestKind
from domain.eligibility import Answer, assess, may_keep
from domain.errors import BadInput
from domain.invoice import Invoice
from domain.money import Money
from domain.order import Order
from domain.policy import PartialRefunds, Policy
from domain.returns import Reason, RequestedLine, Stage

OVER = frozenset({Stage.CLOSED, Stage.REFUSED, Stage.WITHDRAWN, Stage.EXPIRED})
_CREDITED = frozenset({Stage.CREDITED, Stage.PAID})
_AMOUNT = re.compile(r"\s*([0-9.]{1,20})\s*([A-Za-z]{3})\s*")
_REASONS = {str(reason): reason for reason in Reason}


class Outcome(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    DECIDE = "decide"
    """A person decides; the sentence says who, and on what."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """`reason` and `amount` are what was asked for, understood. `as_it_is`: accepted, and nothing has to change.
    `keeps`: for such a credit the policy leaves the goods with the customer."""

    outcome: Outcome
    sentence: str
    reason: Reason | None = None
    amount: Money | None = None
    as_it_is: bool = False
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a return stands, as far as it matters. `posting`: the credit is being posted, nobody takes it back.
    `deciding`: a person is asked about a partial refund already. Order and invoice are None until they are known."""

    stage: Stage
    undoing: bool
    posting: bool
    deciding: bool
    lines: tuple[RequestedLine, ...]
    quoted: Money | None
    agreed: Money | None
    opened_at: datetime
    policy: Policy
    order: Order | None = None
    invoice: Invoice | None = None


def plain(request: ChangeRequest) -> ChangeRequest:
    """The request with no more of its value than a rule can use: whatever else was typed may be somebody's data."""
    kept = ""
    if request.kind is RequestKind.REASON:
        kept = str(_known(request.value) or "")
    elif request.kind is RequestKind.PARTIAL_REFUND and _AMOUNT.fullmatch(request.value):
        kept = request.value.strip()
    return replace(request, value=kept)


def judge(request: ChangeRequest, now: Situation) -> Ruling:
    if request.kind is RequestKind.NOTE:
        return _yes("the note is with the return", as_it_is=True)
    if request.kind is RequestKind.CANCELLATION:
        return _cancellation(now)
    if request.kind is RequestKind.REASON:
        return _reason(request.value, now)
    return _partial_refund(request.value, now)


def _cancellation(now: Situation) -> Ruling:
    if now.stage is Stage.WITHDRAWN or (now.undoing and now.stage not in OVER):
        return _yes("the return is taken back already", as_it_is=True)
    if closed := _too_late(now):
        return _no(f"{closed}; it cannot be taken back any more")
    return _yes("the return is taken back: what was done is being undone")


def _reason(value: str, now: Situation) -> Ruling:
    reason = _known(value)
    if reason is None:
        return _no(f"this reason is not known; known are {', '.join(_REASONS)}")
    if now.lines and all(line.reason is reason for line in now.lines):
        return _yes(f"the reason is {reason} already", reason, as_it_is=True)
    if closed := _too_late(now):
        return _no(f"{closed}; its reason cannot change any more")
    if found := _against(reason, now):
        worst, text = found
        if worst is Answer.REFUSE:
            return _no(f"with the reason {reason} the goods could not come back: {text}")
        return Ruling(Outcome.DECIDE, f"support decides whether the reason becomes {reason}: {text}", reason)
    if now.stage is Stage.QUOTED:
        return _yes(f"the reason is {reason} now", reason)
    agreed = f" below {now.agreed}" if now.agreed is not None else ""
    then = f"the credit is worked out with it before it posts, and if it falls{agreed} the customer is asked first"
    return _yes(f"the reason is {reason} now; {then}", reason)


def _known(value: str) -> Reason | None:
    """Our reason for it, however it is spelt."""
    return _REASONS.get(value.strip().lower().replace(" ", "_").replace("-", "_"))


def _against(reason: Reason, now: Situation) -> tuple[Answer, str] | None:
    """What the rules for coming back have against this reason that they did not have against the one before. Judged as
    of the day the customer asked."""
    if now.order is None or now.invoice is None:
        return None
    lines = tuple(replace(line, reason=reason) for line in now.lines)
    before, after = (
        assess(now.order, now.invoice, asked, now.opened_at, now.policy).reasons for asked in (now.lines, lines)
    )
    known = {(one.code, one.line_id) for one in before}
    new = [one for one in after if (one.code, one.line_id) not in known and one.answer is not Answer.ACCEPT]
    if not new:
        return None
    weight = list(Answer)
    return max((one.answer for one in new), key=weight.index), "; ".join(f"{one.code}: {one.text}" for one in new)


def _partial_refund(value: str, now: Situation) -> Ruling:
    if closed := _too_late(now):
        return _no(f"{closed}; how much is refunded cannot change any more")
    if now.policy.partial_refunds is PartialRefunds.NEVER:
        return _no("this shop makes no partial refunds")
    if now.quoted is None:
        return _no("there is no quote yet that a part could be taken of; ask again when there is")
    found = _AMOUNT.fullmatch(value)
    if found is None:
        return _no(f"this is no amount; write it with its currency, such as {now.quoted}")
    digits, currency = found[1], found[2].upper()
    if currency != now.quoted.currency:
        return _no(f"the return is in {now.quoted.currency}; ask for an amount in that currency")
    try:
        amount = money.parse(digits, currency)
    except BadInput as bad:
        return _no(f"this is no amount of {currency}: {bad.sentence}")
    if amount.minor <= 0:
        return _no("a partial refund is more than nothing; to have no refund at all, cancel the return")
    if now.quoted < amount:
        return _no(f"the most that is credited is {now.quoted}")
    if amount == now.quoted:
        return _yes(f"{amount} is what is credited already", amount=amount, as_it_is=True)
    if now.deciding:
        return _no("finance decides about another partial refund of this return already; ask again after that")
    sentence = f"finance decides whether {amount} are refunded instead of {now.quoted}"
    return Ruling(Outcome.DECIDE, sentence, amount=amount, keeps=may_keep(now.policy, amount))


def _too_late(now: Situation) -> str:
    """Why nothing can be asked of the return any more; empty when it still can."""
    if now.stage is Stage.CLOSED or now.stage in _CREDITED:
        return f"the return is {now.stage}"
    if now.stage in OVER:
        return "the return has expired" if now.stage is Stage.EXPIRED else f"the return was {now.stage}"
    if now.undoing:
        return "what was done for the return is being undone"
    return "the credit is being posted" if now.posting else ""


def _yes(sentence: str, reason: Reason | None = None, amount: Money | None = None, as_it_is: bool = False) -> Ruling:
    return Ruling(Outcome.ACCEPT, sentence, reason, amount, as_it_is)


def _no(sentence: str) -> Ruling:
    return Ruling(Outcome.REFUSE, sentence)
