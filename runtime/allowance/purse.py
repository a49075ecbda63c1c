"""Calls in hand: leased from the window by the dozen, so that a single call costs no round trip to the books."""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from dataclasses import dataclass, field

from adapters.crm.spending import Priority
from domain.allowance import Lease, Terms, Usage, left_alone
from store.port import Quota, StoreUnavailable

_FEWEST, _MOST = 20, 100
# Whoever needed a lease in less than this needs a larger one.
_SOON = 5.0


@dataclass(slots=True)
class _Hand:
    """What one purpose has. No other may spend it: it may be of the live reserve."""

    calls: int = 0
    good_until: float = 0.0
    leased_at: float = 0.0
    want: int = _FEWEST
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Purse:
    """One org's. The lock is per purpose: whoever waits for a lease waits for everybody's."""

    def __init__(self, org: str, terms: Terms, quota: Quota) -> None:
        self._org, self._terms, self._quota = org, terms, quota
        self._me = uuid.uuid4().hex[:12]
        self._hands: dict[Priority, _Hand] = {}
        self._spent = 0
        self._told: tuple[int, int | None, float] | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._giving_back: asyncio.Task[None] | None = None
        self._last: Lease | None = None
        self._ratio = 0.0

    async def pay(self, purpose: Priority) -> Lease | None:
        """Take one call out. A lease without calls when the window has none for this purpose; None when it had."""
        hand = self._hands.setdefault(purpose, _Hand())
        if not self._has(hand):
            async with hand.lock:
                if not self._has(hand):
                    lease = await self._fill(purpose, hand)
                    if not lease.calls:
                        return lease
        hand.calls -= 1
        self.made()
        return None

    def made(self) -> None:
        """A call was made; of a probe no lease knows."""
        self._spent += 1
        if self._told is not None:
            used, most, at = self._told
            self._told = used + 1, most, at

    def told(self, left: int, most: int | None) -> None:
        """Goes into the books with the next lease. What is in hand beyond what is left is dropped at once, that of the
        least urgent purpose first."""
        allowed = most if most is not None else self._terms.most
        if allowed is None:
            return
        self._told = max(0, allowed - left), most, time.monotonic()
        self._ratio = self._told[0] / allowed
        for purpose, hand in sorted(self._hands.items()):
            kept = math.ceil(allowed * left_alone(self._terms.reserve, int(purpose)))
            hand.calls = max(0, min(hand.calls, left - kept))
            left -= hand.calls

    def turns(self, ratio: float) -> float | None:
        """Seconds until the window turns when more than this part of it is used, as far as is known here; else None."""
        return self._last.turns if self._last is not None and self._ratio >= ratio else None

    async def aclose(self) -> None:
        """Give back what was not used. Raises StoreUnavailable; the leases then expire by themselves."""
        if self._ending is not None:
            self._ending.cancel()
        if self._giving_back is not None:
            await self._giving_back
        await self._give_back()

    def _has(self, hand: _Hand) -> bool:
        return hand.calls > 0 and time.monotonic() < hand.good_until

    async def _fill(self, purpose: Priority, hand: _Hand) -> Lease:
        now = time.monotonic()
        hand.want = min(_MOST, hand.want * 2) if now - hand.leased_at < _SOON else _FEWEST
        lease = await self._ask(purpose, hand.want)
        hand.calls, hand.leased_at = lease.calls, now
        # Counted from before the question: what the books count from is later.
        hand.good_until = now + lease.good
        if self._ending is None or self._ending.cancelled():
            self._ending = asyncio.get_running_loop().call_later(lease.good, self._over)
        return lease

    async def _ask(self, purpose: Priority, want: int) -> Lease:
        spent, told = self._spent, self._told
        self._spent, self._told = 0, None
        usage = Usage(told[0], told[1], time.monotonic() - told[2]) if told is not None else None
        try:
            lease = await self._quota.lease(
                self._org, self._terms, f"{self._me}-{int(purpose)}", int(purpose), want, spent, usage
            )
        except BaseException:
            self._spent += spent
            self._told = self._told or told
            raise
        self._last = lease
        if lease.most:
            self._ratio = lease.used / lease.most
        return lease

    def _over(self) -> None:
        """The leases of a quiet process go back when they end, and what it spent is told."""
        self._ending = None
        self._giving_back = asyncio.get_running_loop().create_task(self._quietly())

    async def _quietly(self) -> None:
        try:
            await self._give_back(time.monotonic())
        except StoreUnavailable:
            # They expire in the books too, and what was spent is told with the next lease.
            return

    async def _give_back(self, ended: float = float("inf")) -> None:
        for purpose, hand in self._hands.items():
            if hand.good_until <= ended and (hand.leased_at or self._spent):
                hand.calls, hand.leased_at = 0, 0.0
                await self._ask(purpose, 0)
        ends = [hand.good_until for hand in self._hands.values() if hand.leased_at]
        if ends and self._ending is None and ended < float("inf"):
            self._ending = asyncio.get_running_loop().call_later(max(0.0, min(ends) - ended), self._over)
