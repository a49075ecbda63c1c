"""Requests that were found in a CRM on their way to their returns, from the books, until they are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from activities.desk import ReturnDesk
from adapters.errors import Retryable, UnknownOutcome, VendorError
from domain.change_request import Answered, RequestStatus
from domain.errors import Refusal
from store.port import Agreements, Asking, StoreUnavailable

PASSING = (Retryable, UnknownOutcome, StoreUnavailable)
_AT_ONCE = 20
# A return that let its asker wait this long stands still (its code, its worker): it is asked again after some minutes,
# so that whoever listens to the CRM does not spend all the time on waiting for it.
_LONG, _REST = 5.0, 300.0


class Handing:
    """Of one process. What it remembers are returns that stand still, until they may be asked again."""

    def __init__(self, desk: ReturnDesk, agreements: Agreements, long: float = _LONG) -> None:
        self._desk, self._agreements, self._long = desk, agreements, long
        self._resting: dict[str, float] = {}

    async def hand_over(self, org: str) -> None:
        """Those of one return one after the other, returns side by side. What cannot be asked now stays for the next
        time."""
        now = time.monotonic()
        self._resting = {return_id: until for return_id, until in self._resting.items() if until > now}
        of: dict[str, list[Asking]] = {}
        for asking in await self._agreements.unanswered(org):
            if asking.return_id not in self._resting:
                of.setdefault(asking.return_id, []).append(asking)
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(return_id: str, asked: Sequence[Asking]) -> None:
            async with room:
                await self._hand_over(return_id, asked)

        await asyncio.gather(*(one(return_id, asked) for return_id, asked in of.items()))

    async def _hand_over(self, return_id: str, asked: Sequence[Asking]) -> None:
        for asking in asked:
            began = time.monotonic()
            try:
                answer = await self._desk.ask(asking.return_id, asking.request, asking.note)
            except PASSING:
                if time.monotonic() - began >= self._long:
                    self._resting[return_id] = time.monotonic() + _REST
                return
            except (Refusal, VendorError) as error:
                answer = _refused(asking, error)
            await self._agreements.answered(answer)


def _refused(asking: Asking, error: Exception) -> Answered:
    request = asking.request
    return Answered(request.request_id, request.kind, RequestStatus.REFUSED, str(error), datetime.now(UTC))
