"""What of a list is somebody's to see: rows about returns of their regions and shops, and no others.

A CRM org, its allowance and its counts are nobody's region: who may see them at all sees them whole. What changes a
whole org, and who is who, is for those who see everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from runtime.access import Forbidden
from security.roles import Principal, sees
from store.port import Visibility

T = TypeVar("T")


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
