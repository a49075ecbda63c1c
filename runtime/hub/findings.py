"""What examining counterparts found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.preflight import State
from runtime.preflight import Line, passed


@dataclass(frozen=True, slots=True)
class Found:
    """`about` is the one thing meant; `mend` is empty when nothing needs doing."""

    vendor: str
    name: str
    check: str
    state: State
    about: str
    seen: str
    mend: str


@dataclass(frozen=True, slots=True)
class Findings:
    """`ok`: nothing failed."""

    ok: bool
    findings: tuple[Found, ...]


def view_of(lines: Sequence[Line]) -> Findings:
    return Findings(passed(lines), tuple(_found(line) for line in lines))


def _found(line: Line) -> Found:
    told = line.finding
    return Found(line.vendor, line.name, line.check, told.state, told.about, told.seen, told.mend)
