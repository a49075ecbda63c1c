"""The feed of a Dynamics environment: one delta link per table says what was changed, and nothing else does.

Webhooks are hints to look at once. The platform tries a delivery once more at most and loses the rest, so nothing is
ever known from one; without any, looking every few seconds tells everything.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from adapters.crm.dynamics.environment import Environment, Lookup
from adapters.crm.dynamics.environment import Row as Document
from adapters.crm.dynamics.feed import told
from adapters.crm.dynamics.feed.cursor import Cursor
from adapters.crm.dynamics.feed.table import Table, described
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.refusals import no_such_row, refusal, to_be_mended
from adapters.crm.dynamics.session import VENDOR
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.crm.port import Change, ChangeKind, Page, Row, Rows, Watch
from adapters.errors import Permanent, Retryable

_LOG = logging.getLogger(__name__)
# Seconds between two looks when nobody hints.
_INTERVAL = 5.0
# The platform gives up to 5000 rows a page; with long texts those are more than an answer may hold here.
_PAGE = 1000
_NEXT, _DELTA = "@odata.nextLink", "@odata.deltaLink"
_NOT_TRACKED = "its changes are not tracked; switch on Track changes in the table's advanced options"


class DynamicsFeed:
    """Implements adapters.crm.port.Feed."""

    def __init__(self, settings: DynamicsSettings, interval: float = _INTERVAL, page: int = _PAGE) -> None:
        self._environment = Environment(settings)
        self._interval, self._size = interval, page
        self._tables: dict[Watch, Table] = {}
        self._newest: dict[str, str] = {}
        """The newest delta link seen of each table."""
        self._us = ""

    async def begin(self, watch: Watch) -> str:
        """All rows are walked for the link at their end: the platform gives none without them. What is changed during
        the walk may or may not be told, so compare everything *after* this."""
        table = await self._table(watch)
        if not table.tracked:
            raise Permanent(VENDOR, f"begin {table.name}", _NOT_TRACKED)
        path = f"{table.entity_set}?$select={table.select}"
        while True:
            document = await self._environment.follow("begin", path, self._prefer("odata.track-changes"))
            more = _NEXT in document
            cursor = Cursor.at(table, "begin", document.get(_NEXT if more else _DELTA))
            if not more:
                self._newest[table.name] = cursor.path
                return cursor.text()
            path = cursor.path

    async def changes(self, watch: Watch, cursor: str, wait: float) -> Page:
        """In the order the environment tells them: rows that were made or changed, as they stand now, and after all of
        these what was deleted. So a deletion told later may be the older one: a row that is there again under its id is
        told as GAP. What was made and deleted between two looks is told as deleted, though nobody has heard of it.

        A merge is told of the loser (MERGED), as a change of its row; the winner's is a change like any other.

        Who is hinted at need not end a wait that is under way: a look beside it, with a wait of 0, tells at once."""
        table, place = await self._table(watch), Cursor.read(cursor)
        if place is None or not place.fits(table):
            # The link would tell the columns it was made for, for ever.
            return self._lapsed(table, cursor, "it was made for other columns")
        end, path = time.monotonic() + wait, place.path
        while True:
            try:
                page, path = await self._page(watch, table, path)
            except Permanent as refused:
                if to_be_mended(refused):
                    self._tables.pop(watch, None)
                    raise
                # Whatever the environment has against a link of its own making, a new one is what helps.
                return self._lapsed(table, cursor, refused.code or "it is refused")
            left = end - time.monotonic()
            if page.changes or page.more or left <= 0:
                return page
            await asyncio.sleep(min(left, self._interval))

    async def rows(self, watch: Watch, records: tuple[str, ...] = (), keys: tuple[str, ...] = ()) -> tuple[Row, ...]:
        table = await self._table(watch)
        guids = dict.fromkeys(guid for guid in map(_guid, records) if guid)
        asked = [Operation("GET", f"{table.entity_set}({guid})?$select={table.select}") for guid in guids]
        if stored := [table.stored(key) for key in keys if key]:
            # By value, not by address: not every key is an alternate one, and an address cannot carry them all.
            key = table.reads[table.key]
            columns = [each for each in table.select.split(",") if each != key]
            asked += Lookup(table.entity_set, columns, key, stored).operations()
        found: dict[str, Row] = {}
        for [outcome] in await self._environment.run("read", [[each] for each in asked]):
            if no_such_row(outcome):
                continue
            if outcome.status != 200 or not isinstance(outcome.body, dict):
                raise refusal("read", outcome.status, outcome.body)
            for each in _entries(outcome.body) if "value" in outcome.body else (outcome.body,):
                one = told.row(table, each)
                found[one.record] = one
        return tuple(found.values())

    async def every(self, watch: Watch, after: str = "") -> Rows:
        """`after` is the environment's own way to go on behind the last row, and holds for the same columns only."""
        table, place = await self._table(watch), Cursor.read(after)
        if after and (place is None or not place.fits(table)):
            raise Permanent(VENDOR, f"read all {table.name}", "it was begun with other columns: begin anew")
        keyed = quote(f"{table.reads[table.key]} ne null", safe="")
        path = place.path if place else f"{table.entity_set}?$select={table.select}&$filter={keyed}&$orderby={table.id}"
        document = await self._environment.follow("read all", path, self._prefer())
        rows = (told.row(table, each) for each in _entries(document))
        after_these = Cursor.at(table, "read all", document[_NEXT]).text() if _NEXT in document else None
        return Rows(tuple(each for each in rows if not each.deleted), after_these)

    async def alive(self, watch: Watch) -> bool:
        """Asks the metadata anew, and tries the newest delta link this process knows."""
        table = self._tables[watch] = await described(self._environment, watch)
        newest = self._newest.get(table.name)
        if not table.tracked or newest is None:
            return table.tracked
        try:
            await self._environment.follow("changes", newest, self._prefer())
        except Permanent as refused:
            if to_be_mended(refused):
                raise
            return False
        return True

    async def aclose(self) -> None:
        await self._environment.aclose()

    async def _page(self, watch: Watch, table: Table, path: str) -> tuple[Page, str]:
        """What the link tells, and the link to go on with."""
        us = await self._user()
        document = await self._environment.follow("changes", path, self._prefer())
        more = _NEXT in document
        cursor = Cursor.at(table, "changes", document.get(_NEXT if more else _DELTA))
        if not more:
            self._newest[table.name] = cursor.path
        changes = [told.change(table, each, path, us) for each in _entries(document)]
        gone = tuple(each.record for each in changes if each.kind is ChangeKind.DELETED)
        again = {each.record for each in await self.rows(watch, gone)} if gone else set()
        return Page(tuple(_unless(again, each) for each in changes), cursor.text(), more), cursor.path

    async def _table(self, watch: Watch) -> Table:
        known = self._tables.get(watch)
        if known is None:
            known = self._tables[watch] = await described(self._environment, watch)
        return known

    async def _user(self) -> str:
        """The application user we are there, which stays the same as long as the client id does."""
        if not self._us:
            [[answer]] = await self._environment.run("WhoAmI", [[Operation("GET", "WhoAmI")]])
            if answer.status != 200 or not isinstance(answer.body, dict):
                raise refusal("WhoAmI", answer.status, answer.body)
            self._us = str(answer.body["UserId"])
        return self._us

    def _prefer(self, *more: str) -> str:
        return ",".join((*more, f"odata.maxpagesize={self._size}"))

    def _lapsed(self, table: Table, cursor: str, why: str) -> Page:
        _LOG.warning("the delta link of %s is no longer good: %s", table.name, why)
        return Page((), cursor, lapsed=True)


def _unless(there: set[str], told_as: Change) -> Change:
    stands = told_as.kind is ChangeKind.DELETED and told_as.record in there
    return replace(told_as, kind=ChangeKind.GAP) if stands else told_as


def _entries(document: Document) -> Sequence[Document]:
    found = document.get("value")
    if not isinstance(found, list):
        raise Retryable(VENDOR, "read", "the answer holds no rows")
    return found


def _guid(text: str) -> str:
    """As the environment writes it; '' for a text that can be no row's id."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
