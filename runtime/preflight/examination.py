"""The examination: every counterpart of these settings asked, at the same time, whether a return could run with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.errors import Retryable, VendorError
from domain.errors import BadInput, Refusal
from domain.preflight import Check, Finding, Preflight, State, failed, skipped
from runtime.temporal import NoTemporal
from store.port import StoreUnavailable

_UNREACHED = "see that its address is right and that this machine may reach it, then ask again"
# What a question to a counterpart may end with, when it is not an answer.
_TROUBLES = (VendorError, StoreUnavailable, NoTemporal, Refusal)


@dataclass(frozen=True, slots=True)
class Part:
    """A counterpart: `kind` is what it is (salesforce), `name` which one of several (an org's name)."""

    kind: str
    name: str
    preflight: Preflight


@dataclass(frozen=True, slots=True)
class Line:
    """A finding with where it is from."""

    vendor: str
    name: str
    check: str
    finding: Finding


async def choose(parts: Sequence[Part], wanted: Sequence[str] | None) -> tuple[Part, ...]:
    """Those that are called so, by kind or name; all of them when `wanted` is None. The others are closed.

    Raises BadInput for a name that none of them has."""
    chosen = tuple(part for part in parts if wanted is None or {part.kind, part.name} & set(wanted))
    unknown = [name for name in wanted or () if not any(name in (part.kind, part.name) for part in parts)]
    for part in parts:
        if part not in chosen or unknown:
            await part.preflight.aclose()
    if unknown:
        raise BadInput("vendor", f"these settings have no {unknown[0]!r}; there are {', '.join(names(parts))}")
    return chosen


def names(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        yield part.kind if part.name in ("", part.kind) else f"{part.kind} ({part.name})"


async def examine(parts: Sequence[Part]) -> tuple[Line, ...]:
    """Every finding, in the order of the parts and their checks. Nothing is written anywhere."""
    found = await asyncio.gather(*(_of(part) for part in parts))
    return tuple(line for lines in found for line in lines)


async def _of(part: Part) -> list[Line]:
    lines: list[Line] = []
    unfit: set[str] = set()
    try:
        for check in part.preflight.checks():
            missing = [name for name in check.needs if name in unfit]
            findings = [skipped(check.name, f"not asked: {missing[0]} comes first")] if missing else await _ask(check)
            if missing or any(each.state is State.FAILED for each in findings):
                unfit.add(check.name)
            lines += (Line(part.kind, part.name, check.name, each) for each in findings)
    finally:
        await part.preflight.aclose()
    return lines


async def _ask(check: Check) -> list[Finding]:
    try:
        return list(await check.look())
    except _TROUBLES as error:
        away = isinstance(error, Retryable | StoreUnavailable | NoTemporal)
        return [failed(check.name, str(error), _UNREACHED if away else check.mend or _UNREACHED)]
    except (LookupError, TypeError, ValueError) as error:
        # Whatever answers there, it is not what was asked for; the words might repeat what is not ours to tell.
        return [failed(check.name, f"the answer is not as expected ({type(error).__name__})", check.mend or _UNREACHED)]


def passed(lines: Iterable[Line]) -> bool:
    """Warnings and what was not asked do not keep anybody from starting."""
    return all(line.finding.state is not State.FAILED for line in lines)
