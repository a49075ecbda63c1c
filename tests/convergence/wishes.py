"""What people asked for by their edits, and which of it must have become a request.

A CRM that tells every change by itself tells every edit; one that is looked at tells the newest of each field only, so
an edit that was followed by another before anybody looked need not be told. Nothing may ever be asked twice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from domain.change_request import RequestKind
from domain.likeness import Value
from tests.convergence.desk import Asked
from tests.convergence.people import Field

KINDS = {
    Field.REASON: RequestKind.REASON, Field.REFUND: RequestKind.PARTIAL_REFUND, Field.CANCEL: RequestKind.CANCELLATION,
    Field.NOTE: RequestKind.NOTE,
}  # fmt: skip
Place = tuple[str, str, Field]
"""(org, return, field)"""


@dataclass
class Edit:
    """`must`: it becomes a request, whatever happens. `heard`: everything until then was listened to."""

    value: Value
    must: bool
    heard: bool = False


@dataclass
class Wishes:
    edits: dict[Place, list[Edit]] = field(default_factory=lambda: defaultdict(list))

    def edited(self, place: Place, value: Value, *, every: bool, ours: Value = None) -> None:
        """`every`: each edit is told. `ours` is what the return itself says of the field."""
        known = self.edits[place]
        asks = value is True if place[2] is Field.CANCEL else spelt(place[2], value) not in ("", ours)
        edit = Edit(value, must=asks)
        known.append(edit)
        if not every:
            self._newest_only(known)

    def heard(self, org: str) -> None:
        for (where, _, _), known in self.edits.items():
            if where == org:
                for edit in known:
                    edit.heard = True

    def newest_only(self, org: str) -> None:
        """What was not heard yet is told as it stands, or out of order."""
        for (where, _, _), known in self.edits.items():
            if where == org:
                self._newest_only(known)

    def gone(self, org: str, return_id: str) -> None:
        """The record is gone, and what was not heard of it may be lost."""
        for (where, whose, _), known in self.edits.items():
            if (where, whose) == (org, return_id):
                for edit in known:
                    edit.must = edit.must and edit.heard

    def ours(self, return_id: str, reasons: set[str]) -> None:
        """What the return says itself nobody has to ask for any more."""
        for (_, whose, of), known in self.edits.items():
            if (whose, of) == (return_id, Field.REASON):
                for edit in known:
                    edit.must = edit.must and (edit.heard or spelt(of, edit.value) not in reasons)

    def check(self, asked: list[Asked], frozen: set[Place]) -> None:
        requests: dict[Place, list[Value]] = defaultdict(list)
        for one in asked:
            place = _place(one)
            requests[place].append(_value(one))
        for place in {*requests, *self.edits}:
            found, edits = requests[place], self.edits[place]
            made = [spelt(place[2], edit.value) for edit in edits]
            assert within(found, made), f"{place}: asked {found}, edited {made}"
            must = [spelt(place[2], edit.value) for edit in edits if edit.must]
            assert place in frozen or within(must, found), f"{place}: asked {found}, must be asked {must} of {made}"
        ids = [one.request.request_id for one in asked]
        assert len(ids) == len(set(ids)), "a request was asked twice"

    def _newest_only(self, known: list[Edit]) -> None:
        open_ = [edit for edit in known if not edit.heard]
        for edit in open_[:-1]:
            edit.must = False
        before = [edit.value for edit in known if edit.heard]
        if open_ and before and before[-1] == open_[-1].value:
            open_[-1].must = False


def within(few: list[Value], many: list[Value]) -> bool:
    """All of the few are among the many, in the same order."""
    rest = iter(many)
    return all(any(one == other for other in rest) for one in few)


def spelt(of: Field, value: Value) -> Value:
    """As the return is asked, but for spaces and ends of lines."""
    if of is Field.REFUND and isinstance(value, int | float):
        return f"{value:.2f} EUR"
    return " ".join(str(value or "").split()) if of is not Field.CANCEL else ""


def _place(one: Asked) -> Place:
    (of,) = [of for of, kind in KINDS.items() if kind is one.request.kind]
    return one.request.source.removeprefix("crm:"), one.return_id, of


def _value(one: Asked) -> Value:
    text = one.note if one.request.kind is RequestKind.NOTE else one.request.value
    return " ".join(text.split())
