"""What of the books is seen: said once for each call at a front door, and kept by the database itself.

Nothing was said, and nothing is seen: a door that forgets to say it shows too little, never too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Returns of these regions and these shops; None means all of them."""

    regions: frozenset[str] | None
    shops: frozenset[str] | None


EVERYTHING = Scope(None, None)
NOTHING = Scope(frozenset(), frozenset())

_SEEN: ContextVar[Scope] = ContextVar("seen", default=NOTHING)


def current() -> Scope:
    return _SEEN.get()


def see(scope: Scope) -> None:
    """From now on, in this call and in the tasks that it starts."""
    _SEEN.set(scope)


@contextmanager
def apart() -> Iterator[None]:
    """A call of its own: it begins with nothing seen, and leaves nothing behind for the next one of the same task."""
    before = _SEEN.set(NOTHING)
    try:
        yield
    finally:
        _SEEN.reset(before)
