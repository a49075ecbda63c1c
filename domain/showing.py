"""How the next publication treats the fields a CRM may change, and whether it is needed at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.agreement import Agreement, Sent
from domain.likeness import Value, made_of, same
from domain.mapping import FieldRule, ObjectRules, Rule


@dataclass(frozen=True, slots=True)
class Plan:
    """`leave`: fields not to be written. `stands`: values to be written instead of ours. `must`: what the CRM holds is
    not what is to stand, so it has to be written even if nothing of ours changed."""

    leave: frozenset[str] = frozenset()
    stands: Mapping[str, Value] = field(default_factory=dict)
    must: bool = False


def plan(
    rules: ObjectRules, agreements: Mapping[str, Agreement], ours: Mapping[str, Value], whole: bool = False
) -> Plan:
    """`ours` are the fields as we would write them. A field that is ours alone is always written; of one that the CRM
    may change too, only what we changed or what has to be put back: an edit made there and not told yet is never
    overwritten by a publication that is about something else. `whole`: what was agreed is not there, so all of it is
    written."""
    leave: set[str] = set()
    stands: dict[str, Value] = {}
    must = False
    for rule in rules.pulled:
        agreement = agreements.get(rule.field)
        if rule.field not in ours or agreement is None:
            continue
        must = must or agreement.drifted
        if agreement.won and not _ours_is_later(rule, agreement, ours[rule.field]):
            if agreement.drifted or whole:
                stands[rule.field] = agreement.standing
            else:
                leave.add(rule.field)
        elif not whole and agreement.may_be_left_out(ours[rule.field]):
            leave.add(rule.field)
    return Plan(frozenset(leave), stands, must)


def after_writing(
    rules: ObjectRules,
    before: Mapping[str, Agreement],
    now: Mapping[str, Agreement],
    written: Mapping[str, Value],
    stored: Mapping[str, Value],
    version: int,
    at: datetime,
    tried: Mapping[str, Sequence[Sent]],
) -> dict[str, Agreement]:
    """The agreements after `written` was sent by what `before` said, where they are `now` what others made of them.
    `tried` was sent earlier, and nobody knows whether it arrived."""
    found = dict(now)
    for rule in rules.pulled:
        if rule.field not in written:
            continue
        value, known = written[rule.field], now.get(rule.field, Agreement())
        seen = before.get(rule.field, Agreement())
        found[rule.field] = known.having_tried(tried.get(rule.field, ())).after_sending(
            value, stored.get(rule.field, value), version, at, seen
        )
    return found


def unheard(
    agreements: Mapping[str, Agreement],
    names: Iterable[str],
    stored: Mapping[str, Value],
    under_way: Mapping[str, Sequence[Sent]],
) -> frozenset[str]:
    """Which of these fields hold what neither was agreed on nor sent by us: an edit that is not told yet."""
    found = set()
    for name in names:
        agreement = agreements[name]
        ours = [*(one for one in agreement.sent if one.version > agreement.met), *under_way.get(name, ())]
        known = name not in stored or same(stored[name], agreement.base)
        if not known and not any(made_of(one.value, stored[name]) for one in ours):
            found.add(name)
    return frozenset(found)


def _ours_is_later(rule: FieldRule, agreement: Agreement, value: Value) -> bool:
    """Only where the later change wins, and we changed ours after theirs had won."""
    newest = agreement.newest
    return rule.rule is Rule.LATEST_CERTAIN and newest is not None and not same(newest.value, value)
