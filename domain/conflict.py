"""What is to be done with a field's value that a CRM tells: compared three ways, judged by the matrix, in words.

A pure function of the agreement so far, what was told, and what we say ourselves: the same again gives the same, so a
decision can be explained, and played again after a rule was changed. It decides; it writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.agreement import Agreement, Dealt, Sent, remembered
from domain.change_request import RequestKind
from domain.likeness import Value, empty, made_of, same
from domain.mapping import FieldRule, Nulls, Rule, Side

# A field to which the same foreign value came back so often in this time is swinging: two automations at work.
SWINGS, SWING_WINDOW = 3, timedelta(minutes=30)


class Outcome(StrEnum):
    NOOP = "noop"
    ECHO = "echo"
    ADOPT = "adopt"
    OVERWRITE = "overwrite"
    REQUEST = "request"
    UNION = "union"
    MANUAL = "manual"

    @property
    def silent(self) -> bool:
        """Nothing was decided that anybody would ask about."""
        return self in (Outcome.NOOP, Outcome.ECHO)


@dataclass(frozen=True, slots=True)
class Told:
    """One field of a change. `at` is the CRM's clock, `seen` is ours; `certain`: the CRM named this very field. `own`:
    our own client made the change, as far as the CRM says (None: it does not)."""

    value: Value
    at: datetime
    seen: datetime
    certain: bool = False
    own: bool | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """What we say of the field, as we would send it, and since when (None: unknown)."""

    value: Value
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`value` is what is to stand; `agreed` is the agreement afterwards. `put_back`: the CRM has to be written now.
    `tripped`: the field was frozen by this very change."""

    outcome: Outcome
    reason: str
    value: Value
    agreed: Agreement
    put_back: bool = False
    tripped: bool = False


def compare(
    rule: FieldRule, agreed: Agreement, told: Told, ours: Ours | None, under_way: Sequence[Sent] = ()
) -> Verdict:
    """`ours` is None where we have nothing to say of the field. `under_way` are values of ours that are being written,
    or were and nobody knows how it ended, the newest last: a CRM may tell of them before our own call is answered."""
    late = agreed.told_at is not None and told.at < agreed.told_at
    heard = agreed if late else replace(agreed, told_at=told.at)
    if agreed.based and same(told.value, agreed.base):
        return _still(heard, told)
    if any(one.at == told.at and same(one.value, told.value) for one in agreed.dealt):
        return _quiet(Outcome.NOOP, "this very change was dealt with before", heard)
    if agreed.dealt and told.at < agreed.dealt[-1].at:
        return _quiet(Outcome.NOOP, "a later change of the field was dealt with already", heard)
    if (echo := _on_its_way(heard, told, under_way, late) or _echo(heard, told, late)) is not None:
        return echo
    if late and rule.asks is None:
        return _quiet(Outcome.NOOP, "the CRM's own newer value of the field is known already", heard)
    if ours is not None and made_of(ours.value, told.value):
        return _quiet(Outcome.NOOP, "both sides say the same", _moved(heard, told, late, drifted=False))
    if ours is None and not agreed.based and empty(told.value):
        return _quiet(Outcome.NOOP, "empty, as it always was", _moved(heard, told, late, drifted=False))
    return _fused(rule, heard, told, ours, late)


def _still(heard: Agreement, told: Told) -> Verdict:
    """What the CRM holds is what we know it holds. It says that our newest value arrived, where it is that."""
    met = heard.newest.version if heard.newest is not None and heard.meets_newest(told.value) else heard.met
    return _quiet(Outcome.NOOP, "nothing was changed", replace(heard, met=met))


def _on_its_way(heard: Agreement, told: Told, under_way: Sequence[Sent], late: bool) -> Verdict | None:
    """Our own writing, told before its call was answered."""
    mine = next((one for one in reversed(under_way) if made_of(one.value, told.value)), None)
    if mine is None or told.own is False:
        return None
    newest = mine is under_way[-1] and not late
    there = replace(heard, base=told.value, based=True, met=mine.version, drifted=False) if newest else heard
    return _quiet(Outcome.ECHO, f"our own value of version {mine.version}, which is being written", there)


def _echo(heard: Agreement, told: Told, late: bool) -> Verdict | None:
    """Our own writing, come back: by the mark the CRM puts on it, or by a value that is still on its way.

    Never by a span of time, which would swallow what somebody wrote in it (MinnPost/object-sync-for-salesforce 516)."""
    newest = heard.newest
    # What somebody else wrote, or what is known to have arrived, does not arrive: the field was changed back.
    arrives = newest is not None and (late or told.own or (told.own is None and heard.met < newest.version))
    if newest is not None and arrives and heard.meets_newest(told.value):
        there = heard if late else replace(heard, base=told.value, based=True, met=newest.version, drifted=False)
        return _quiet(Outcome.ECHO, f"our own value of version {newest.version}", there)
    older = any(made_of(one.value, told.value) for one in heard.sent[:-1])
    if older and told.own is not False and (late or told.own or (newest is not None and heard.met < newest.version)):
        return _quiet(Outcome.ECHO, "an older value of ours; a newer one is on its way", heard)
    if told.own:
        there = heard if late else replace(heard, base=told.value, based=True, drifted=False)
        return _quiet(Outcome.ECHO, "written by ourselves, in the form the CRM gave it", there)
    return None


def _fused(rule: FieldRule, heard: Agreement, told: Told, ours: Ours | None, late: bool) -> Verdict:
    since = told.seen - SWING_WINDOW
    swings = sum(same(one.value, told.value) and one.seen >= since for one in heard.dealt)
    dealt = replace(heard, dealt=remembered(heard.dealt, Dealt(told.value, told.at, told.seen)))
    if not heard.frozen and swings < SWINGS:
        return _judged(rule, dealt, told, ours, late)
    tripped, frozen = not heard.frozen, replace(dealt, frozen=True)
    if tripped:
        reason = f"the same value came back {swings} times within {SWING_WINDOW.seconds // 60} minutes: frozen"
    else:
        reason = "the field is frozen until a person has looked"
    if rule.owner is Side.CRM:
        return replace(_adopted(rule, frozen, told, late, reason), tripped=tripped)
    # Written once more when it trips, and from then on with what the return publishes anyway.
    verdict = _overwritten(rule, frozen, told, ours, late, f"{reason} to the owner's value")
    return replace(verdict, put_back=verdict.put_back and tripped, tripped=tripped)


def _judged(rule: FieldRule, dealt: Agreement, told: Told, ours: Ours | None, late: bool) -> Verdict:
    if rule.asks is not None:
        return _asked(rule, rule.asks, dealt, told, ours, late)
    match rule.rule:
        case Rule.MONOTONIC_STATE:
            return _overwritten(rule, dealt, told, ours, late, "the status is ours, and only the return moves it")
        case Rule.REQUEST_ONLY:
            return _overwritten(rule, dealt, told, ours, late, "may only be asked for, and nobody is there to be asked")
        case Rule.LATEST_CERTAIN:
            return _latest(rule, dealt, told, ours, late)
        case Rule.UNION:
            return _united(dealt, told, ours, late)
        case Rule.MANUAL:
            verdict = _overwritten(
                rule, dealt, told, ours, late, "a person decides; until then the owner's value stands"
            )
            return replace(verdict, outcome=Outcome.MANUAL)
        case Rule.OWNER_WINS:
            return _by_owner(rule, dealt, told, ours, late, "owns the field")


def _asked(rule: FieldRule, kind: RequestKind, dealt: Agreement, told: Told, ours: Ours | None, late: bool) -> Verdict:
    """An edge of the field is a request. Who empties it asks for nothing."""
    if empty(told.value) or (kind is RequestKind.PARTIAL_REFUND and same(told.value, 0)):
        if ours is not None:
            return _overwritten(rule, dealt, told, ours, late, "an emptied field asks for nothing")
        return _quiet(Outcome.NOOP, "an emptied field asks for nothing", _moved(dealt, told, late, drifted=False))
    after = _moved(dealt, told, late, drifted=ours is not None)
    stands = ours.value if ours is not None else None
    return Verdict(Outcome.REQUEST, f"a request of the kind {kind}: the return answers it", stands, after)


def _latest(rule: FieldRule, dealt: Agreement, told: Told, ours: Ours | None, late: bool) -> Verdict:
    if not told.certain or ours is None or ours.since is None:
        return _by_owner(rule, dealt, told, ours, late, "owns the field, and it is not certain who was later")
    if told.at > ours.since:
        return _adopted(rule, dealt, told, late, "the CRM's change is certainly the later one")
    return _overwritten(rule, dealt, told, ours, late, "our change is certainly the later one")


def _by_owner(rule: FieldRule, dealt: Agreement, told: Told, ours: Ours | None, late: bool, why: str) -> Verdict:
    if rule.owner is Side.CRM:
        return _adopted(rule, dealt, told, late, f"the CRM {why}")
    return _overwritten(rule, dealt, told, ours, late, f"Backhaul {why}")


def _adopted(rule: FieldRule, dealt: Agreement, told: Told, late: bool, reason: str) -> Verdict:
    after = _moved(dealt, told, late, drifted=False)
    if empty(told.value) and rule.nulls is Nulls.IGNORE:
        return _quiet(Outcome.NOOP, "an empty value of the owner is ignored", after)
    return Verdict(Outcome.ADOPT, reason, told.value, replace(after, won=True, standing=told.value))


def _overwritten(rule: FieldRule, dealt: Agreement, told: Told, ours: Ours | None, late: bool, reason: str) -> Verdict:
    """Where we push nothing there is nothing to write back; the CRM's value stays there and nobody reads it."""
    writes = rule.direction.pushes and ours is not None
    if ours is not None and empty(ours.value) and rule.nulls is Nulls.IGNORE:
        writes, reason = False, f"{reason}; ours is empty, which is ignored"
    after = _moved(replace(dealt, won=False, standing=None), told, late, drifted=writes)
    return Verdict(Outcome.OVERWRITE, reason, ours.value if ours else None, after, put_back=writes and not late)


def _united(dealt: Agreement, told: Told, ours: Ours | None, late: bool) -> Verdict:
    before = dealt.standing if dealt.won else (ours.value if ours else None)
    all_of = list(dict.fromkeys([*_choices(told.value), *_choices(before)]))
    more = len(all_of) > len(_choices(told.value))
    united = ";".join(all_of)
    after = replace(_moved(dealt, told, late, drifted=more), won=True, standing=united)
    return Verdict(Outcome.UNION, "choices are added, none is taken away", united, after, put_back=more and not late)


def _choices(value: Value) -> list[str]:
    return [word for word in str(value).split(";") if word] if not empty(value) else []


def _moved(agreed: Agreement, told: Told, late: bool, *, drifted: bool) -> Agreement:
    return agreed if late else replace(agreed, base=told.value, based=True, drifted=drifted)


def _quiet(outcome: Outcome, reason: str, agreed: Agreement) -> Verdict:
    return Verdict(outcome, reason, agreed.base, agreed)
