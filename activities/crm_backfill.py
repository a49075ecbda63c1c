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
from activities.publishing import Basis, Draft, Publishing
from adapters.crm.port import Bulk, Crm, Projection, Published
from adapters.crm.spending import Priority, spending
from adapters.errors import Permanent, VendorError
from domain.returns import Snapshot
from store.port import Backfills, BackfillState, Ended, Links, Live, Parties, Standing, Wanted


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


@dataclass(frozen=True, slots=True)
class Filling:
    """The doors of an org by which it is filled, and what its publications stand on."""

    bulk: Bulk
    crm: Crm
    basis: Basis


class BackfillActivities:
    def __init__(self, orgs: Mapping[str, Filling], backfills: Backfills, links: Links, parties: Parties) -> None:
        self._orgs, self._backfills, self._links, self._parties = orgs, backfills, links, parties

    @activity.defn
    @speaks_temporal
    async def forecast_backfill(self, ask: Whole) -> Told:
        size = await self._backfills.size(ask.wanted)
        with spending(Priority.BACKFILL):
            told = await self._org(ask.org).bulk.forecast(size.returns, size.lines)
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

        org, filling = ask.whole.org, self._org(ask.whole.org)
        sent = [(one, contact) for one, contact in portion.returns if filling.basis.matrix.shows(one.region)]

        async def keep(ticket: str) -> None:
            await self._backfills.keep(ask.backfill_id, ticket)

        outcome: dict[str, Published | VendorError] = {}
        drafts: dict[str, tuple[Publishing, Draft]] = {}
        whose: dict[str, Standing] = {}
        for one, contact in sent:
            key = one.return_id
            whose[key] = await self._parties.standing(party_record(one, contact), org)
            shown = projection(one, contact, org, whose[key].live)
            publishing = Publishing(filling.crm, filling.basis, shown, str(one.stage))
            try:
                drafts[key] = publishing, await publishing.draft()
            except VendorError as error:
                outcome[key] = error
        drafted: list[Projection] = [draft.projection for _, draft in drafts.values()]
        with spending(Priority.BACKFILL):
            outcome |= await filling.bulk.load(drafted, row.ticket if row.after == ask.after else "", keep)
        for key, (publishing, draft) in drafts.items():
            published = outcome[key]
            if isinstance(published, Published):
                # The customer's records first, as in a publication: only then is a repeat sure to save them.
                if published.contact_record or published.account_record:
                    now = Live(published.contact_record, published.account_record)
                    await self._links.shown(whose[key].link, org, whose[key].live, now)
                await publishing.written(draft, published)
        results = tuple(_ended(snapshot, outcome[snapshot.return_id]) for snapshot, _ in sent)
        await self._backfills.ended(ask.backfill_id, ask.after, portion.last, results)
        refused = sum(bool(one.cause) for one in results)
        newer = sum(one.newer for one in results)
        return Loaded(portion.last, len(results) - refused - newer, newer, refused)

    @activity.defn
    @speaks_temporal
    async def mark_backfill(self, ask: Mark) -> None:
        await self._backfills.mark(ask.backfill_id, BackfillState(ask.state), ask.reason)

    def _org(self, name: str) -> Filling:
        org = self._orgs.get(name)
        if org is None:
            raise Permanent(name, "backfill", "this CRM org is not configured on this worker; see BACKHAUL_CRM")
        return org


def _ended(snapshot: Snapshot, outcome: Published | VendorError) -> Ended:
    if isinstance(outcome, VendorError):
        return Ended(snapshot.return_id, snapshot.version, cause=cause(outcome), reason=str(outcome))
    stage = str(snapshot.stage) if outcome.version == snapshot.version else ""
    return Ended(snapshot.return_id, outcome.version, stage, newer=outcome.version > snapshot.version)
