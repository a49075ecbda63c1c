"""What a CRM shows of a return against what it should show: whether they say the same, why not, and what is to be done.

Fields are named as the CRM names them; values are in its form. It knows no vendor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from domain.likeness import Value, made_of
from domain.mapping import FieldRule, Rule, Side

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})")


class Cause(StrEnum):
    NEVER_SHOWN = "never_shown"
    """The org was never told of the return."""
    DEAD_LETTER = "dead_letter"
    """It was given up for now; its letter says why."""
    LAGGING = "lagging"
    """Its lane is telling the org now."""
    NOT_THERE = "recorded_not_there"
    """The books say it was shown, and the org has an older state or nothing: a job green but rejected, a restored
    backup."""
    DELETED = "deleted_in_crm"
    CHANGED = "changed_in_crm"
    """Somebody or something changed it there."""
    SILENT = "silent_subscription"
    """It was changed there longer ago than the inbound path should need, and that path never told."""
    UNKNOWN_KEY = "unknown_key"
    """The org has a record under a key that is no return of ours."""


class Action(StrEnum):
    PUBLISH = "publish"
    """Ours: it is shown again."""
    ASK = "ask"
    """An edit of it is a request to the return: the inbound path hands it over."""
    LEAVE = "leave"
    """The CRM's own, or nobody's to change by itself."""
    WAIT = "wait"
    """It is being shown right now; or it was dealt with, and the return or a person answers."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the books know of a return in an org. `shown` is the version it was given (0: none), `owed` whether its lane
    is at it, `dead` whether it was given up."""

    shown: int = 0
    owed: bool = False
    dead: bool = False


def normal(value: Value) -> str:
    """A form in which two systems write the same value alike: numbers without zeros, moments to the second in UTC,
    texts without the blanks and line ends that a CRM takes off. Nothing and an empty text are one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        number = Decimal(str(value))
        return format(number.normalize() + 0, "f")
    text = "\n".join(line.rstrip() for line in value.replace("\r\n", "\n").split("\n")).strip()
    if _MOMENT.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0).isoformat()
    return text


def _alike(ours: Value, theirs: Value) -> bool:
    return normal(ours) == normal(theirs) or made_of(ours, theirs)


def differing(ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> tuple[str, ...]:
    """The fields of ours that they show otherwise. What they did not tell is not compared, and what a CRM makes of a
    value when it stores it is no difference."""
    return tuple(name for name in ours if name in theirs and not _alike(ours[name], theirs[name]))


def why_missing(standing: Standing, deleted: bool) -> tuple[Cause, Action]:
    """Of a return that the org should have and has not."""
    if standing.owed:
        return Cause.LAGGING, Action.WAIT
    if standing.dead:
        return Cause.DEAD_LETTER, Action.PUBLISH
    if deleted:
        # Somebody meant it: made again by itself, it would be deleted again.
        return Cause.DELETED, Action.LEAVE
    return (Cause.NOT_THERE if standing.shown else Cause.NEVER_SHOWN), Action.PUBLISH


def why_different(standing: Standing, older: bool, unheard: bool, rule: FieldRule | None) -> tuple[Cause, Action]:
    """Of one field. `older`: the record has an older version than the books say; `unheard`: it was changed there, and
    the inbound path has passed that time in silence."""
    if standing.owed:
        return Cause.LAGGING, Action.WAIT
    if standing.dead:
        cause = Cause.DEAD_LETTER
    elif older:
        cause = Cause.NOT_THERE
    else:
        cause = Cause.SILENT if unheard else Cause.CHANGED
    if rule is None or not rule.direction.pushes:
        return cause, Action.LEAVE
    if cause in (Cause.CHANGED, Cause.SILENT) and rule.rule is Rule.REQUEST_ONLY:
        return cause, Action.ASK
    if cause in (Cause.CHANGED, Cause.SILENT) and (rule.owner is Side.CRM or rule.rule in _NOT_OURS_ALONE):
        return cause, Action.LEAVE
    return cause, Action.PUBLISH


_NOT_OURS_ALONE = frozenset({Rule.UNION, Rule.MANUAL, Rule.LATEST_CERTAIN})
