"""What one process remembers of one watch's feed between two pages. All of it may be lost: a cursor is enough."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from adapters.crm.port import Change, ChangeKind
from adapters.crm.salesforce.feed.polling import Seen
from adapters.crm.salesforce.feed.pubsub import Subscription

# Events tell when they were committed in whole seconds, stamps of rows have thousandths.
SECOND = timedelta(seconds=1)


class Line:
    """`serial` names the cursor handed out last: with any other cursor nothing remembered here is true."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.serial = ""
        self.stream: Subscription | None = None
        self.swept = False
        """Since the stream stands, everything committed before was told too."""
        self.sweeping_behind_it = False
        """The sweep under way began when the stream stood already."""
        self.seen: dict[str, Seen] = {}
        self.told: datetime | None = None
        """What is stamped up to then was told."""
        self.polled_at = 0.0
        self.polls_until = 0.0
        self.polling = False
        self.missed: tuple[datetime, float] | None = None
        """An edit that a query saw and the stream did not tell, and when that was noticed."""
        self._idle: asyncio.TimerHandle | None = None

    def drop(self) -> None:
        """Forget everything that rests on the last page."""
        self.leave()
        self.serial = ""
        self.seen.clear()
        self.told = self.missed = None

    def leave(self) -> None:
        """End the stream."""
        if self.stream is not None:
            self.stream.end()
        self.stream = None
        self.swept = self.sweeping_behind_it = False

    def poll_for(self, seconds: float) -> None:
        self.polls_until = time.monotonic() + seconds

    def rest(self, seconds: float) -> None:
        """End the stream unless somebody asks within so many seconds: its reader may have gone elsewhere."""
        self.wake()
        self._idle = asyncio.get_running_loop().call_later(seconds, self.drop)

    def wake(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = None

    def heard(self, change: Change) -> Change | None:
        """The change as it is to be told beside what was polled; None for one whose effect was in a polled row.

        Committed in the very second of that row's stamp it may be either side of it: the record has to be read."""
        bound = change.at + SECOND
        self.told = bound if self.told is None else max(self.told, bound)
        known = self.seen.get(change.record)
        if known is None:
            return change
        second = known.stamp.replace(microsecond=0)
        if change.at.replace(microsecond=0) < second:
            return None
        if change.at.replace(microsecond=0) == second:
            return Change(
                change.object, change.record, ChangeKind.GAP, change.at, change.event, own=change.own,
                writer=change.writer,
            )  # fmt: skip
        return change
