"""What the tests of the preflights share: a counterpart examined, and what was found wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.preflight import Finding, Preflight, State
from runtime.preflight import Part, examine
from tests.stack.sandbox import Sandbox

Undo = Callable[[], None]


@dataclass(frozen=True)
class Broken:
    """One thing that is not as it should be: by what the counterpart is asked to do to itself (`path` of the control
    server, `wish`, and `whole` to mend it), or by settings; and what the finding must name and advise."""

    about: str
    seen: str
    mend: str
    path: str = ""
    wish: Mapping[str, Any] = field(default_factory=dict)
    whole: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: State = State.FAILED

    def strike(self, sandbox: Sandbox) -> None:
        if self.path:
            answer = sandbox.control.post(self.path, json=dict(self.wish))
            assert answer.is_success, answer.text

    def mended(self, sandbox: Sandbox) -> None:
        if self.path:
            answer = sandbox.control.post(self.path, json=dict(self.whole))
            assert answer.is_success, answer.text


async def findings(preflight: Preflight) -> list[Finding]:
    return [line.finding for line in await examine([Part("vendor", "", preflight)])]


async def wrong(preflight: Preflight) -> list[Finding]:
    """What failed or is warned of."""
    return [each for each in await findings(preflight) if each.state in (State.FAILED, State.WARNING)]


def named(found: list[Finding], broken: Broken) -> Finding:
    """The one finding about what is broken; nothing else may be wrong but what comes of it."""
    about = [each for each in found if each.about == broken.about]
    assert len(about) == 1, f"{broken.about} is not told among {found}"
    assert about[0].state is broken.state
    assert broken.seen in about[0].seen
    assert broken.mend in about[0].mend
    return about[0]
