"""The preflight's words: checks that only read, and findings that say what was seen and how to mend it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """`skipped` is what could not be looked at; it says nothing about whether it is right."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is the one thing meant: a field, a scope, a table. `mend` is empty when nothing needs doing."""

    state: State
    about: str
    seen: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a counterpart. Asked when every check it `needs` was, and did not fail; `mend` is what helps
    when the question itself is refused."""

    name: str
    look: Callable[[], Awaitable[Iterable[Finding]]]
    mend: str = ""
    needs: tuple[str, ...] = ()


class Preflight(Protocol):
    """One counterpart. Its checks run in their order, one at a time."""

    def checks(self) -> Sequence[Check]: ...

    async def aclose(self) -> None: ...


def ok(about: str, seen: str) -> Finding:
    return Finding(State.OK, about, seen)


def warning(about: str, seen: str, mend: str) -> Finding:
    return Finding(State.WARNING, about, seen, mend)


def failed(about: str, seen: str, mend: str) -> Finding:
    return Finding(State.FAILED, about, seen, mend)


def skipped(about: str, seen: str, mend: str = "") -> Finding:
    return Finding(State.SKIPPED, about, seen, mend)


def each_or_all(bad: Iterable[Finding], about: str, seen: str) -> list[Finding]:
    """What is wrong, one by one; when nothing is, one finding for all."""
    return list(bad) or [ok(about, seen)]
