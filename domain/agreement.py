"""What both sides last agreed on of one field of one record: the base of every comparison, and what was sent since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.likeness import Value, made_of, same

# So many values of each kind are remembered of a field; older ones are no longer on their way.
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Sent:
    """A value of ours that was written, as it was sent. `version` is the return's; `at` is our own clock."""

    value: Value
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Dealt:
    """A value somebody else gave the field and that was dealt with. `at` is the CRM's clock, `seen` is ours."""

    value: Value
    at: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """`base` is what the CRM holds as far as we know, in the CRM's own form; `based`: it is known at all. `told_at` is
    the CRM's time of the newest news. `met` is the newest version whose value is known to have arrived there.

    `drifted`: the CRM holds something else than what is to stand, so the next publication has to write. `standing`: a
    value that won over ours, where `won`. `frozen`: the field swung to and fro, and nobody's edits of it are followed
    until a person has looked."""

    base: Value = None
    based: bool = False
    told_at: datetime | None = None
    sent: tuple[Sent, ...] = ()
    met: int = -1
    dealt: tuple[Dealt, ...] = ()
    drifted: bool = False
    won: bool = False
    standing: Value = None
    frozen: bool = False

    @property
    def newest(self) -> Sent | None:
        return self.sent[-1] if self.sent else None

    def meets_newest(self, value: Value) -> bool:
        return self.newest is not None and made_of(self.newest.value, value)

    def may_be_left_out(self, ours: Value) -> bool:
        """True when writing would change nothing but an edit that was made there and is not told yet."""
        return self.based and not self.drifted and self.newest is not None and same(self.newest.value, ours)

    def having_tried(self, earlier: Iterable[Sent]) -> Agreement:
        """With values that were sent before and of which nobody knows whether they arrived."""
        newest = self.newest.version if self.newest is not None else -1
        lost = [one for one in earlier if one.version > newest]
        return replace(self, sent=last((*self.sent, *lost))) if lost else self

    def after_sending(
        self, value: Value, stored: Value, version: int, at: datetime, seen_before: Agreement
    ) -> Agreement:
        """`stored` is what the CRM answered, or what was sent. `seen_before` is the agreement by which it was sent:
        what was told meanwhile may be newer than this write, and stays until the CRM tells how it ended."""
        if self.newest is not None and same(self.newest.value, value):
            met = version if self.met >= self.newest.version else self.met
            sent = (*self.sent[:-1], replace(self.newest, version=version))
        else:
            met, sent = self.met, last((*self.sent, Sent(value, version, at)))
        written = replace(self, sent=sent)
        if (self.told_at, self.dealt) != (seen_before.told_at, seen_before.dealt):
            return written
        return replace(written, met=met, base=stored, based=True, drifted=False)


def last(values: Iterable[Sent]) -> tuple[Sent, ...]:
    return tuple(values)[-_KEPT:]


def remembered(values: tuple[Dealt, ...], one: Dealt) -> tuple[Dealt, ...]:
    return (*values, one)[-_KEPT:]
