"""What a mapping would write of returns."""

from __future__ import annotations

from dataclasses import dataclass

from domain.mapping import Mode
from runtime.rehearsal import Difference, Rehearsed


@dataclass(frozen=True, slots=True)
class RehearsedReturn:
    """`there`: the CRM has a record of the return. `problem`: why nothing can be written, else empty. Of a personal
    field a change tells only how long its values are."""

    return_id: str
    there: bool
    mode: Mode
    problem: str
    changes: tuple[Difference, ...]


def view_of(one: Rehearsed) -> RehearsedReturn:
    return RehearsedReturn(one.return_id, one.there, one.mode, one.problem, one.differences)
