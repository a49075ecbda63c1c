"""What of a list is somebody's to see: rows about returns of their regions and shops, and no others.

A CRM org, its allowance and its counts are nobody's region: who may see them at all sees them whole. What changes a
whole org, and who is who, is for those who see everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from domain.errors import Forbidden
from domain.returns import Snapshot
from runtime.refusals import unknown
from security.roles import Principal, sees
from store.port import Search, Visibility

T = TypeVar("T")


def check_sees(who: Principal, snapshot: Snapshot) -> Snapshot:
    """The snapshot, or a refusal as if it were not there: others' returns are not even hinted at."""
    if not sees(who, snapshot.region, snapshot.shop):
        raise unknown(snapshot.return_id)
    return snapshot


def scoped(who: Principal, search: Search) -> Search:
    """Only what is theirs to see."""
    return replace(search, regions=tuple(sorted(who.regions)), shops=tuple(sorted(who.shops)))


class Scope:
    def __init__(self, visibility: Visibility) -> None:
        self._visibility = visibility

    async def only(self, who: Principal, rows: Sequence[T], about: Callable[[T], str]) -> tuple[T, ...]:
        """Those about returns they see; `about` names the return. What is about no return is for who sees all."""
        if who.everywhere:
            return tuple(rows)
        whose = await self._visibility.whose(tuple({about(row) for row in rows}))
        return tuple(row for row in rows if about(row) in whose and sees(who, *whose[about(row)]))


def check_everywhere(who: Principal, what: str) -> None:
    if not who.everywhere:
        raise Forbidden(f"{what} is not a matter of one region or shop; {who.name} is for some only")
