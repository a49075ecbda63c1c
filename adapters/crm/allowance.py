"""What every call to a CRM is paid from, and what is learned from how it ends. It decides nothing about a record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from adapters.crm.spending import Priority, purpose
from adapters.errors import VendorError
from domain.allowance import Family


class Kind(StrEnum):
    FINE = "fine"
    """The org answered: what it may have against one record is no fault of its own."""
    FAILING = "failing"
    """It could not be reached, or answered that it cannot work."""
    THROTTLED = "throttled"
    """It asks us to stay away for a while, whatever we want."""
    EXHAUSTED = "exhausted"
    """The calls of its window are used up."""
    SHUT_OUT = "shut_out"
    """It does not accept our credentials."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the end of a call says about the org. `cause` is a code or a few words without data; `wait` in seconds."""

    kind: Kind
    cause: str = ""
    wait: float | None = None


FINE = Trouble(Kind.FINE)


@dataclass(frozen=True, slots=True)
class Leave:
    """One call may be made. `probes` are the open breakers that its end decides."""

    family: Family
    probes: tuple[str, ...] = ()


class Allowance(Protocol):
    """One org's, in one process."""

    async def take(self, call: str, family: Family) -> Leave:
        """Leave for one call, for the purpose at hand (`spending`); waits for its turn where that comes soon. Raises
        Retryable with the seconds to wait when there is none now: nothing was sent."""
        ...

    def told(self, left: int, most: int | None) -> None:
        """The org's own word: of `most` calls (None: as its terms say) so many are left to everybody."""
        ...

    async def ended(self, leave: Leave, trouble: Trouble | None) -> None:
        """How the call ended; None when nobody waited for it. Never raises."""
        ...


class Unlimited:
    """For commands that make a call or two, and where no books are kept."""

    async def take(self, call: str, family: Family) -> Leave:
        return Leave(family)

    def told(self, left: int, most: int | None) -> None:
        pass

    async def ended(self, leave: Leave, trouble: Trouble | None) -> None:
        pass


UNLIMITED = Unlimited()


def family_of(*, reads: bool, bulk: bool = False) -> Family:
    """What a call belongs to. Reads for the sake of inbound changes are the feed."""
    if bulk:
        return Family.BULK
    if not reads:
        return Family.WRITE
    return Family.FEED if purpose() is Priority.INBOUND else Family.READ


@asynccontextmanager
async def paying(
    allowance: Allowance, call: str, family: Family, judge: Callable[[VendorError], Trouble]
) -> AsyncIterator[None]:
    """One call, its sign-in included, is made inside. `judge` says what an error of the vendor means for the org."""
    leave = await allowance.take(call, family)
    trouble: Trouble | None = None
    try:
        yield
        trouble = FINE
    except VendorError as error:
        trouble = judge(error)
        raise
    finally:
        await allowance.ended(leave, trouble)
