"""Fills a CRM org with returns it was never told of, portion by portion, and forecasts what that takes.

Personal data stays here: a portion is read, sent and settled in one activity, and histories have counts only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.crm import cause, party_record, projection
from activities.errors import speaks_temporal
from adapters.crm.port import Bulk, Published
from adapters.crm.spending import Priority, spending
from adapters.errors import Permanent, VendorError
from domain.mapping import Matrix
from domain.returns import Snapshot
from store.port import Backfills, BackfillState, Ended, Links, Live, Parties, Wanted


@dataclass(frozen=True, slots=True)
class Whole:
    """All that a backfill is to take; as store.port.Wanted."""

    org: str
    only_open: bool = True
    since: datetime | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.org, self.only_open, self.since)


@dataclass(frozen=True, slots=True)
class Told:
    """What a backfill would take. `left` of `limit` calls of today as the org says; None: it does not."""

    returns: int
    lines: int
    calls: int
    batches: int
    seconds: float
    limit: int | None
    left: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Begin:
    backfill_id: str
    whole: Whole
    total: int


@dataclass(frozen=True, slots=True)
class Load:
    """The next `most` returns behind `after`."""

    backfill_id: str
    whole: Whole
    after: str
    most: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """`last` return of the portion; None when there was none left."""

    last: str | None
    shown: int = 0
    newer: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    backfill_id: str
    state: str
    reason: str = ""


class BackfillActivities:
    """`matrices` have the switches of regions and objects by org; an org without one is shown everything."""

    def __init__(
        self,
        bulks: Mapping[str, Bulk],
        backfills: Backfills,
        links: Links,
        parties: Parties,
        matrices: Mapping[str, Matrix] | None = None,
    ) -> None:
        self._bulks, self._backfills, self._links, self._parties = bulks, backfills, links, parties
        self._matrices = matrices or {}

    @activity.defn
    @speaks_temporal
    async def forecast_backfill(self, ask: Whole) -> Told:
        size = await self._backfills.size(ask.wanted)
        with spending(Priority.BACKFILL):
            told = await self._bulk(ask.org).forecast(size.returns, size.lines)
        return Told(size.returns, size.lines, told.calls, told.batches, told.seconds, told.limit, told.left, told.share)

    @activity.defn
    @speaks_temporal
    async def begin_backfill(self, ask: Begin) -> None:
        await self._backfills.begin(ask.backfill_id, ask.whole.wanted, ask.total)

    @activity.defn
    @speaks_temporal
    async def load_portion(self, ask: Load) -> Loaded:
        """Taken over by another worker it goes on with the CRM's own job, and what was settled is not settled again."""
        row = await self._backfills.get(ask.backfill_id)
        if row is None:
            raise Permanent(ask.whole.org, "backfill", "its row is gone; start another one")
        portion = await self._backfills.portion(ask.whole.wanted, ask.after, ask.most)
        if portion.last is None:
            return Loaded(None)

        matrix = self._matrices.get(ask.whole.org)
        sent = [(one, contact) for one, contact in portion.returns if matrix is None or matrix.shows(one.region)]

        async def keep(ticket: str) -> None:
            await self._backfills.keep(ask.backfill_id, ticket)

        org = ask.whole.org
        whose = {one.return_id: await self._parties.standing(party_record(one, who), org) for one, who in sent}
        with spending(Priority.BACKFILL):
            outcome = await self._bulk(org).load(
                [projection(one, contact, org, whose[one.return_id].live) for one, contact in sent],
                row.ticket if row.after == ask.after else "",
                keep,
            )
        for return_id, shown in outcome.items():
            if isinstance(shown, Published) and (shown.contact_record or shown.account_record):
                mine = whose[return_id]
                now = Live(shown.contact_record, shown.account_record)
                await self._links.shown(mine.link, org, mine.live, now)
        results = tuple(_ended(snapshot, outcome[snapshot.return_id]) for snapshot, _ in sent)
        await self._backfills.ended(ask.backfill_id, ask.after, portion.last, results)
        refused = sum(bool(one.cause) for one in results)
        newer = sum(one.newer for one in results)
        return Loaded(portion.last, len(results) - refused - newer, newer, refused)

    @activity.defn
    @speaks_temporal
    async def mark_backfill(self, ask: Mark) -> None:
        await self._backfills.mark(ask.backfill_id, BackfillState(ask.state), ask.reason)

    def _bulk(self, org: str) -> Bulk:
        bulk = self._bulks.get(org)
        if bulk is None:
            raise Permanent(org, "backfill", "this CRM org is not configured on this worker; see BACKHAUL_CRM")
        return bulk


def _ended(snapshot: Snapshot, outcome: Published | VendorError) -> Ended:
    if isinstance(outcome, VendorError):
        return Ended(snapshot.return_id, snapshot.version, cause=cause(outcome), reason=str(outcome))
    stage = str(snapshot.stage) if outcome.version == snapshot.version else ""
    return Ended(snapshot.return_id, outcome.version, stage, newer=outcome.version > snapshot.version)
