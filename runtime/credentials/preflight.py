"""The credentials looked at before the first return: where each is from, and whether it can be opened. Whether it works
is told by the sign-in at its counterpart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager

from domain.preflight import Check, Finding, failed, ok
from runtime.credentials.keeping import Keeping, Source, Standing


class CredentialsPreflight:
    def __init__(self, opened: Callable[[], AbstractAsyncContextManager[Keeping]]) -> None:
        self._opened = opened

    def checks(self) -> Sequence[Check]:
        return (Check("sources", self._sources),)

    async def aclose(self) -> None:
        """Nothing stays open between two questions."""

    async def _sources(self) -> Iterable[Finding]:
        """Optional ones that are nowhere are nobody's loss."""
        async with self._opened() as keeping:
            found = await keeping.all()
        return [_finding(one) for one in found if one.source is not Source.NONE or one.needed]


def _finding(one: Standing) -> Finding:
    match one.source:
        case Source.KEPT if not one.setting:
            return ok(one.credential, f"{one.credential} is kept, and these settings have no counterpart for it")
        case Source.KEPT:
            return ok(one.credential, f"{one.credential} is kept: version {one.version}, by {one.set_by}")
        case Source.SETTINGS:
            return ok(one.credential, f"{one.credential} is that of {one.setting}")
        case _:
            return failed(one.credential, f"{one.credential}: {_what(one)}", _mend(one))


def _what(one: Standing) -> str:
    return one.trouble.partition(";")[0]


def _mend(one: Standing) -> str:
    return one.trouble.partition(";")[2].strip() or "write it with `credentials set`"
