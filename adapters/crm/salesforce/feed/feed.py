"""The feed's door on Salesforce: change events of the Pub/Sub API, and polling while those cannot be had.

Both tell into one cursor. Whenever a new subscription begins without an event to go on from, what was committed before
it stood is swept up by polling once, so that nothing falls between the two.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from dataclasses import replace
from datetime import timedelta
from itertools import count

from opentelemetry import trace
from simple_salesforce.format import format_soql

from adapters.crm.port import Page, Row, Rows, Watch
from adapters.crm.salesforce.feed import cursor as cursors
from adapters.crm.salesforce.feed.cursor import Cursor
from adapters.crm.salesforce.feed.line import SECOND, Line
from adapters.crm.salesforce.feed.patience import Patience
from adapters.crm.salesforce.feed.polling import OVERLAP, RECYCLE_BIN, forget, newest, note, sweep
from adapters.crm.salesforce.feed.pubsub import Away, Lapsed, PubSub
from adapters.crm.salesforce.feed.rows import row, selected
from adapters.crm.salesforce.feed.telling import Telling
from adapters.crm.salesforce.org import Lookup, Org
from adapters.crm.salesforce.settings import SalesforceSettings

_LOG = logging.getLogger(__name__)
_TRACER = trace.get_tracer("backhaul.vendor")
_PART = 500
# A cursor that did not move is made anew this often, to say that somebody looked.
_LOOKED_EVERY = timedelta(hours=1)


class SalesforceFeed:
    """Implements adapters.crm.port.Feed."""

    def __init__(self, settings: SalesforceSettings, patience: Patience | None = None) -> None:
        self._settings, self._patience = settings, patience or Patience()
        self._org = Org(settings)
        self.bus: PubSub | None = None
        if settings.pubsub is not None:
            self.bus = PubSub(self._org, settings.pubsub, settings.ca_file, self._patience.silence)
        self._telling = Telling(self.rows, settings.client_name)
        self._lines: dict[Watch, Line] = {}
        self._process, self._pages = secrets.token_hex(4), count(1)

    async def aclose(self) -> None:
        for line in self._lines.values():
            line.wake()
            line.drop()
        if self.bus is not None:
            await self.bus.aclose()
        await self._org.aclose()

    async def begin(self, watch: Watch) -> str:
        line = self._line(watch)
        async with line.lock:
            line.wake()
            line.drop()
            mark, _ = await newest(self._org, watch)
            await note(self._org, watch, mark, line.seen)
            line.told = mark
            return self._handed(line, Cursor("", mark, cursors.now()))

    async def changes(self, watch: Watch, cursor: str, wait: float) -> Page:
        line = self._line(watch)
        try:
            at = cursors.read(cursor)
        except ValueError:
            return Page((), cursor, lapsed=True)
        with _TRACER.start_as_current_span("salesforce feed") as span:
            async with line.lock:
                line.wake()
                if at.serial != line.serial:
                    line.drop()
                    line.serial, line.told = at.serial, at.mark + SECOND
                try:
                    page = await self._page(watch, line, at, time.monotonic() + wait)
                except BaseException:
                    # Something may have been taken off the stream that nobody was told: begin again at the cursor.
                    line.leave()
                    raise
                finally:
                    span.set_attribute("backhaul.feed.object", watch.object)
                    span.set_attribute("backhaul.feed.source", "polling" if line.polling else "pubsub")
                line.rest(self._patience.idle)
                return page

    async def rows(self, watch: Watch, records: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> tuple[Row, ...]:
        fields = selected(watch)
        lookups = [
            Lookup(watch.object, name, values, (watch.key, *fields), deleted_too=True)
            for name, values in (("Id", records), (watch.key, keys))
            if values
        ]
        found = [row(watch, record) for part in await self._org.read(lookups) for record in part]
        return tuple({each.record: each for each in found}.values())

    async def every(self, watch: Watch, after: str = "") -> Rows:
        names = ", ".join(dict.fromkeys(("Id", watch.key, *selected(watch))))
        behind = str(format_soql(" AND Id > {after}", after=after)) if after else ""
        query = f"SELECT {names} FROM {watch.object} WHERE {watch.key} != null{behind} ORDER BY Id LIMIT {_PART}"  # noqa: S608
        found = await self._org.query(f"every {watch.object}", query)
        rows = tuple(row(watch, record) for record in found)
        return Rows(rows, rows[-1].record if len(rows) >= _PART else None)

    async def alive(self, watch: Watch) -> bool:
        """Also False when a query sees a change that the stream should have told a while ago: then changes are polled
        for, and the stream is begun anew."""
        line = self._line(watch)
        try:
            if self.bus is not None and not await self.bus.selected(topic(watch.object)):
                return False
        except Away:
            # Polling goes on by itself; whether that works the query says.
            pass
        _, edited = await newest(self._org, watch)
        if line.stream is None or line.told is None or edited <= line.told:
            line.missed = None
            return True
        if line.missed is None or line.missed[0] <= line.told:
            line.missed = (edited, time.monotonic())
        if time.monotonic() - line.missed[1] < self._patience.late:
            return True
        line.missed = None
        self._fall_back(watch, line, "the event stream tells nothing of changes that are there")
        # Not under the lock, which whoever waits for the stream holds: that one meets its end and polls.
        line.stream.end()
        return False

    def _line(self, watch: Watch) -> Line:
        return self._lines.setdefault(watch, Line())

    def _handed(self, line: Line, at: Cursor) -> str:
        """The cursor as it is told, under a serial of its own."""
        named = replace(at, serial=f"{self._process}.{next(self._pages)}", looked=cursors.now())
        line.serial = named.serial
        return str(named)

    async def _page(self, watch: Watch, line: Line, at: Cursor, until: float) -> Page:
        if cursors.now() - at.looked > RECYCLE_BIN:
            return Page((), str(at), lapsed=True)
        if self.bus is None:
            line.polling = True
            return await self._polled(watch, line, at, until)
        if time.monotonic() < line.polls_until:
            line.leave()
            return await self._polled(watch, line, at, until)
        try:
            page = await self._heard(self.bus, watch, line, at, until)
        except Lapsed:
            line.drop()
            return Page((), str(at), lapsed=True)
        except Away as why:
            line.leave()
            page = await self._polled(watch, line, at, until)
            self._fall_back(watch, line, str(why))
            return page
        if line.polling:
            line.polling = False
            _LOG.warning("the event stream of %s tells its changes again", watch.object)
        return page

    def _fall_back(self, watch: Watch, line: Line, why: str) -> None:
        line.poll_for(self._patience.retry)
        if not line.polling:
            line.polling = True
            _LOG.warning("%s is polled for its changes: %s", watch.object, why)

    async def _heard(self, bus: PubSub, watch: Watch, line: Line, at: Cursor, until: float) -> Page:
        """From the stream. One that stood and broke is begun anew at once, as is one whose session has ended."""
        once = {"stood", "session"}
        while True:
            try:
                patience = 0.0
                if line.stream is None:
                    patience = self._patience.settle
                    line.stream = await bus.subscribe(topic(watch.object), at.replay)
                await line.stream.settled(patience)
                if at.replay is None and not line.swept:
                    return await self._swept(bus, watch, line, at, until)
                return await self._streamed(bus, watch, line, at, until)
            except Away as away:
                stood = line.stream is not None and line.stream.stood and time.monotonic() >= line.polls_until
                line.leave()
                if away.session:
                    bus.refused()
                excuse = "session" if away.session else "stood" if stood else ""
                if excuse not in once:
                    raise
                once.remove(excuse)

    async def _swept(self, bus: PubSub, watch: Watch, line: Line, at: Cursor, until: float) -> Page:
        """What was committed before the stream stood. Only a sweep that began afterwards has all of it."""
        assert line.stream is not None
        if at.after is None:
            line.sweeping_behind_it = line.stream.stood
        if not line.sweeping_behind_it:
            return await self._polled(watch, line, at, until)
        found = await sweep(self._org, watch, at.mark, at.after, line.seen)
        line.swept = found.after is None
        line.told = found.mark if line.told is None else max(line.told, found.mark)
        behind = replace(at, mark=found.mark, after=found.after)
        if line.swept and not found.changes:
            return await self._streamed(bus, watch, line, behind, until)
        return Page(found.changes, self._handed(line, behind), more=True)

    async def _streamed(self, bus: PubSub, watch: Watch, line: Line, at: Cursor, until: float) -> Page:
        assert line.stream is not None
        await line.stream.ask()
        newer = at
        while True:
            answer = await line.stream.next(max(until - time.monotonic(), 0.0))
            if answer is None:
                return Page((), self._quiet(line, at, newer))
            if not answer.events:
                newer = replace(newer, replay=bytes(answer.latest_replay_id))
                continue
            told = await self._telling.changes(bus, watch, at.mark, answer.events)
            changes = [change for each in told if (change := line.heard(each)) is not None]
            mark = max([at.mark, *(change.at for change in changes)])
            forget(line.seen, mark - OVERLAP)
            behind = replace(at, replay=bytes(answer.events[-1].replay_id), mark=mark, after=None)
            return Page(tuple(changes), self._handed(line, behind), more=line.stream.more)

    def _quiet(self, line: Line, at: Cursor, newer: Cursor) -> str:
        """After silence: the same cursor, unless the bus or time has moved it."""
        if newer == at and cursors.now() - at.looked < _LOOKED_EVERY:
            return str(at)
        return self._handed(line, newer)

    async def _polled(self, watch: Watch, line: Line, at: Cursor, until: float) -> Page:
        """By sweeps, with a pause between two that find nothing; `until` now, one sweep in any case."""
        while True:
            left = until - time.monotonic()
            pause = line.polled_at + self._patience.poll - time.monotonic()
            if left > 0 and pause > 0 and at.after is None:
                await asyncio.sleep(min(left, pause))
                if pause > left:
                    return Page((), self._quiet(line, at, at))
            found = await sweep(self._org, watch, at.mark, at.after, line.seen)
            if found.after is None:
                line.polled_at = time.monotonic()
            if found.changes or found.after is not None:
                # Events from before would now tell what is over: the stream begins anew when it is back.
                behind = replace(at, replay=None, mark=found.mark, after=found.after)
                return Page(found.changes, self._handed(line, behind), more=found.after is not None)
            if time.monotonic() >= until:
                return Page((), self._quiet(line, at, replace(at, mark=found.mark, after=None)))


def topic(name: str) -> str:
    """/data/CaseChangeEvent, /data/Return__ChangeEvent."""
    return f"/data/{name[:-1]}ChangeEvent" if name.endswith("__c") else f"/data/{name}ChangeEvent"
