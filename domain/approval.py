"""The second person: which decisions about money nobody makes alone, and who may approve what somebody proposed.

Whoever proposes a manual amount does not approve it, and whoever asked for a part of a credit does not grant it. People
are compared by the names the front doors know them by: a person with two names is two people here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from domain import money
from domain.errors import BadInput, Forbidden, WrongStage
from domain.money import Money
from domain.refund import CreditLine, Difference
from domain.returns import Hold

# By the reason of a hold: the choice by which a person's word settles an amount that no system says.
BY_HAND: Mapping[str, str] = {
    "quote_differs": "accept_erp",
    "parcel_lost": "credit",
    "disputed": "overrule",
    "partial_refund": "grant",
    "credit_differs": "accept_posted",
    "tender_cap": "pay_rest_by_hand",
    "account_credit": "refund",
    "match_failed": "accept_by_hand",
}
# Of these, who asked matters too.
_ASKED_FOR = frozenset({"partial_refund"})
# A request keeps so much of the name of whoever asked.
_NAME = 64
# What the front doors put before the issuer's name of a person.
_PERSON = "person:"


class Word(StrEnum):
    """What is said to a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    TAKE_BACK = "take_back"


def second(
    reason: str, choices: Collection[str], amount: Money | None, limits: Mapping[str, str], asked_by: str
) -> tuple[str, ...]:
    """Those of a hold's `choices` that one person only proposes. `limits` are decimal amounts by currency; without one
    nobody decides alone, nor where the amount is not known, nor where nobody knows who asked."""
    by_hand = BY_HAND.get(reason)
    if by_hand is None or by_hand not in choices:
        return ()
    unknown = reason in _ASKED_FOR and not asked_by.strip()
    return (by_hand,) if unknown or amount is None or above(amount, limits) else ()


def above(amount: Money, limits: Mapping[str, str]) -> bool:
    """Whether an amount, owed either way, is more than one person decides."""
    limit = money.parse(limits.get(amount.currency, "0"), amount.currency)
    return abs(amount.minor) > limit.minor


def same(one: str, other: str) -> bool:
    """Whether two names are one person's as far as anybody can tell: case, spaces and the front door do not count."""
    return _plain(one) == _plain(other)


def check_choice(hold: Hold, choice: str, by: str, note: str) -> None:
    """Whether `by` may decide, or propose, this choice. Raises Forbidden, WrongStage and BadInput."""
    if choice != BY_HAND.get(hold.reason):
        return
    _check_not_asker(hold, by)
    if choice not in hold.second:
        return
    if hold.proposal is not None:
        raise WrongStage(
            f"hold {hold.hold_id} waits for a second person already: {hold.proposal.by} proposed "
            f"{hold.proposal.choice} as {hold.proposal.number}; approve it, reject it, or have it taken back"
        )
    if not by.strip():
        raise BadInput("by", f"{choice} is {_more(hold)}; say who proposes it")
    if not note.strip():
        raise BadInput("note", f"{choice} is {_more(hold)}; say why, for whoever approves it")


def check_word(hold: Hold, number: str, word: str, by: str) -> Word:
    """Whether `by` may say this to the proposal they saw. Raises Forbidden, WrongStage and BadInput."""
    proposal = hold.proposal
    if word not in list(Word):
        raise BadInput("decision", f"{word!r} is not one of {', '.join(Word)}")
    if not by.strip():
        raise BadInput("by", "is empty; a second person has a name")
    if proposal is None:
        raise WrongStage(f"nothing is proposed on hold {hold.hold_id}; it was taken back, rejected or never proposed")
    if proposal.number != number:
        raise WrongStage(f"hold {hold.hold_id} has proposal {proposal.number} now, not {number}; look at it first")
    mine = same(proposal.by, by)
    if word == Word.TAKE_BACK and not mine:
        raise Forbidden(f"{number} is {proposal.by}'s to take back; you may reject it")
    if word != Word.TAKE_BACK and mine:
        raise Forbidden(f"{by} proposed {number}: another person with the role {hold.owner} must {word} it")
    if word == Word.APPROVE:
        _check_not_asker(hold, by)
    return Word(word)


def apart(currency: str, *told: Iterable[Difference]) -> Money:
    """How far two parties' numbers are apart, counted so that a surplus here hides no lack there; of several
    comparisons the one that is furthest."""
    sums = (sum(abs(one.theirs - one.ours) for one in differences) for differences in told)
    return Money(max(sums, default=0), currency)


def worth(lines: Iterable[CreditLine], units: Mapping[str, int], currency: str) -> Money:
    """What so many units by line are worth in a credit; a part of a cent counts as a whole one."""
    counted = [line for line in lines if line.quantity > 0 and units.get(line.line_id)]
    minor = sum(-(-line.total * min(units[line.line_id], line.quantity) // line.quantity) for line in counted)
    return Money(minor, currency)


def _check_not_asker(hold: Hold, by: str) -> None:
    if hold.asked_by and same(hold.asked_by, by):
        choice = BY_HAND.get(hold.reason, "decide")
        raise Forbidden(f"{by} asked for it: another person with the role {hold.owner} must {choice} it")


def _more(hold: Hold) -> str:
    told = f"a decision about {Money(abs(hold.amount.minor), hold.amount.currency)}" if hold.amount else "a decision"
    return f"{told} that needs a second person"


def _plain(name: str) -> str:
    return name.strip()[:_NAME].removeprefix(_PERSON).casefold()
