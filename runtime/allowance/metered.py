"""The allowance over the books in PostgreSQL. Most calls ask it nothing: calls in hand and breakers seen lately do.

PostgreSQL away means that no call leaves once what is in hand has ended: a publication needs it anyway, to read the
return before and to remember afterwards what is shown, and an unmetered minute could cost the org its day.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable

from adapters.crm.allowance import Kind, Leave, Trouble
from adapters.crm.crowd import Crowd
from adapters.crm.spending import Priority, purpose
from adapters.errors import Retryable
from domain.allowance import EVERYTHING, Breaker, Family, Terms
from runtime.allowance import measures
from runtime.allowance.pace import Pace
from runtime.allowance.purse import Purse
from runtime.allowance.slowing import Slowing
from store.port import Quota, StoreUnavailable

_LOG = logging.getLogger(__name__)
_IN_A_ROW = 5
# Breakers are looked at again after this; other processes may have opened one.
_FRESH = 1.0
# Used up calls come back one by one where the window slides: one call looks whether they did.
_LOOK_AGAIN = 900.0
# An org that says "used up" with less than this used by its own numbers means something else: too many long calls.
_NEARLY_ALL = 0.95
_PROBED = 2.0
# Who is refused by a breaker asks again after this at the latest: it may be closed by hand.
_ASK_AGAIN = 60.0
# A shorter stay away is over before a slowed queue would hand out its next task.
_WORTH_SLOWING = 10.0
_NO_BOOKS = 5.0
# These stop publications, which read before they write, and so most of what is in the task queue.
_SLOWS = (EVERYTHING, Family.WRITE, Family.READ)


class Metered:
    """Implements adapters.crm.allowance.Allowance. One per org and process, for all its adapters."""

    def __init__(
        self,
        org: str,
        terms: Terms,
        quota: Quota,
        queue: Slowing | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._org, self._terms, self._quota, self._queue, self._clock = org, terms, quota, queue, clock
        self._purse = Purse(org, terms, quota)
        self._crowd = Crowd(terms.at_once)
        paced = terms.per_second > 0
        self._pace = {live: Pace(org, terms, quota, live) for live in (True, False)} if paced else {}
        self._breakers: dict[str, Breaker] = {}
        self._seen = float("-inf")
        self._slowed = False
        self._looking = asyncio.Lock()

    async def take(self, call: str, family: Family) -> Leave:
        asked, began = purpose(), self._clock()
        try:
            probes = await self._pass(call, family, asked)
            if probes:
                self._purse.made()
            elif (none := await self._purse.pay(asked)) is not None:
                wait = none.turns if self._terms.most is not None else min(none.turns, _LOOK_AGAIN)
                if asked is Priority.LIVE:
                    await self._open(EVERYTHING, "the calls of this window are used up", wait)
                raise self._refusal(call, asked, "used_up", self._used_up(asked, none.turns), wait)
            lane = self._pace.get(asked is Priority.LIVE)
            if lane is not None and (later := await lane.turn()) is not None:
                raise self._refusal(call, asked, "pace", "the org's calls per second are taken", later)
        except StoreUnavailable as error:
            raise self._refusal(
                call, asked, "no_books", f"the org's allowance is not known: {error}", _NO_BOOKS
            ) from error
        await self._crowd.enter(asked)
        measures.waited(self._org, asked.name.lower(), self._clock() - began)
        return Leave(family, probes)

    def told(self, left: int, most: int | None) -> None:
        self._purse.told(left, most)
        allowed = most if most is not None else self._terms.most
        if allowed:
            measures.used(self._org, 1 - left / allowed)

    async def ended(self, leave: Leave, trouble: Trouble | None) -> None:
        self._crowd.leave()
        if trouble is None:
            return
        try:
            if trouble.kind is Kind.FINE:
                self._crowd.went_well()
                await self._went(leave)
            else:
                await self._went_wrong(leave, trouble)
        except StoreUnavailable as error:
            _LOG.warning("how a call to %s ended is not remembered: %s", self._org, error)

    async def aclose(self) -> None:
        """Calls in hand go back; without PostgreSQL they expire."""
        try:
            await self._purse.aclose()
        except StoreUnavailable as error:
            _LOG.warning("calls in hand of %s expire by themselves: %s", self._org, error)

    async def _pass(self, call: str, family: Family, asked: Priority) -> tuple[str, ...]:
        """The breakers this call probes; Retryable when one of them is open."""
        await self._look()
        age = self._clock() - self._seen
        waits = {
            name: breaker.wait - age
            for name in (EVERYTHING, str(family))
            if (breaker := self._breakers.get(name)) is not None and breaker.wait is not None
        }
        # A probe is claimed only when no other breaker would stop it: a claim that is not used keeps others out.
        for name, left in sorted(waits.items(), key=lambda each: -each[1]):
            if left > 0 or not await self._quota.probe(self._org, name):
                what = "the org" if name == EVERYTHING else name
                cause = f"no call is made while {what} is broken: {self._breakers[name].cause}"
                raise self._refusal(call, asked, "breaker", cause, min(max(left, _PROBED), _ASK_AGAIN))
        return tuple(waits)

    async def _look(self) -> None:
        if self._clock() - self._seen < _FRESH:
            return
        async with self._looking:
            if self._clock() - self._seen < _FRESH:
                return
            found, self._slowed = await self._quota.breakers(self._org)
            self._see({breaker.family: breaker for breaker in found})
        await self._restore()

    def _see(self, breakers: dict[str, Breaker]) -> None:
        for name in {*self._breakers, *breakers}:
            measures.breaker(self._org, name, breakers[name].wait if name in breakers else None)
        self._breakers, self._seen = breakers, self._clock()

    async def _went(self, leave: Leave) -> None:
        for name in (EVERYTHING, str(leave.family)):
            known, probed = self._breakers.get(name), name in leave.probes
            if known is not None and (probed or known.wait is None):
                await self._quota.went(self._org, name, probed)
                self._breakers.pop(name, None)
                measures.breaker(self._org, name, None)
                if probed:
                    _LOG.info("%s: the breaker of %s is closed: its probe went through", self._org, name)
        await self._restore()

    async def _went_wrong(self, leave: Leave, trouble: Trouble) -> None:
        match trouble.kind:
            case Kind.FAILING:
                # A probe of everything that fails keeps everything closed off.
                for name in leave.probes or (str(leave.family),):
                    await self._open(name, trouble.cause, trouble.wait)
            case Kind.THROTTLED:
                self._crowd.objected()
                await self._open(EVERYTHING, trouble.cause, trouble.wait if trouble.wait is not None else _PROBED)
            case Kind.EXHAUSTED if (turns := self._purse.turns(_NEARLY_ALL)) is not None:
                await self._open(EVERYTHING, trouble.cause, min(turns, _LOOK_AGAIN))
            case _:
                await self._open(EVERYTHING, trouble.cause, None, after=1)

    async def _open(self, name: str, cause: str, wait: float | None, after: int = _IN_A_ROW) -> None:
        """With `wait`, for so long; else the `after`th failure in a row opens it, for longer each time."""
        breaker = await self._quota.failed(self._org, name, cause, wait, after)
        # Its wait is of this moment, the others' of when they were seen.
        age = self._clock() - self._seen
        self._breakers[name] = Breaker(
            breaker.family, breaker.failures, breaker.wait + age if breaker.wait is not None else None, breaker.cause
        )
        measures.breaker(self._org, name, breaker.wait)
        if breaker.turned:
            _LOG.warning("%s: the breaker of %s opened: %s", self._org, name, cause)
        if name in _SLOWS and (breaker.wait or 0) >= _WORTH_SLOWING and not self._slowed and self._queue is not None:
            self._slowed = await self._queue.slow(f"{name}: {cause}")
            await self._quota.slowed(self._org, self._slowed)

    async def _restore(self) -> None:
        """The task queue runs as before once nothing stops it, whoever slowed it."""
        if self._slowed and not self._stopped() and self._queue is not None and await self._queue.restore():
            self._slowed = False
            await self._quota.slowed(self._org, False)

    def _stopped(self) -> bool:
        return any(name in self._breakers and self._breakers[name].wait is not None for name in _SLOWS)

    def _used_up(self, asked: Priority, turns: float) -> str:
        whose = "" if asked is Priority.LIVE else f" for {asked.name.lower()}; what is left is kept for live status"
        return f"the org's calls are used up{whose}; they are counted anew in {turns:.0f} s"

    def _refusal(self, call: str, asked: Priority, why: str, what: str, wait: float) -> Retryable:
        measures.refused(self._org, asked.name.lower(), why)
        # Those who were refused together do not come back together.
        return Retryable(self._org, call, what, "ALLOWANCE", wait * random.uniform(1.0, 1.1))  # noqa: S311
