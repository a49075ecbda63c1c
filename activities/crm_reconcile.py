"""Compares what a CRM org shows with the books, part by part. Reads only; what is to be shown again is told, not done.

Values stay here: what is kept of them are keyed hashes, and histories have counts and return ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from temporalio import activity

from activities.crm_comparing import Subject, differences
from activities.errors import speaks_temporal
from adapters.crm.port import Row
from adapters.crm.spending import Priority, spending
from adapters.errors import Permanent, VendorError
from domain.drift import Action, Cause, why_missing
from store.port import Keeping
from store.port.reconciliations import Comparable, Drift, Reconciliations, RunState

# So many differences of each kind are acted upon by one run; the next one finds the rest.
_MOST = 10_000


class Hearing(Protocol):
    """How far the inbound path of an org has come."""

    async def heard(self, org: str) -> datetime | None:
        """When it last took in what the org told, if only that nothing had changed. None: it never did."""
        ...


@dataclass(frozen=True, slots=True)
class Open:
    run_id: str
    org: str
    sample: int


@dataclass(frozen=True, slots=True)
class Part:
    """The org's records behind `after`."""

    run_id: str
    org: str
    after: str


@dataclass(frozen=True, slots=True)
class Conclude:
    """`broken` says why the org did not tell all; '' when it did."""

    run_id: str
    org: str
    sample: int
    broken: str


@dataclass(frozen=True, slots=True)
class Concluded:
    """`heal` are the returns that are to be shown again, `lost` those of them of which the org lost what it was shown,
    all of which is written then; `look_at` the records of `object` that somebody changed there
    without its being told: what is to be done about them is judged by the inbound path."""

    heal: tuple[str, ...]
    object: str = ""
    look_at: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class ReconcileActivities:
    """`patience` is how long after a change in the org the inbound path may take to hear of it; `secret` keys the
    hashes."""

    def __init__(
        self,
        subjects: Mapping[str, Subject],
        runs: Reconciliations,
        keeping: Keeping,
        secret: bytes,
        hearing: Hearing | None = None,
        patience: timedelta = timedelta(minutes=15),
    ) -> None:
        self._subjects, self._runs, self._keeping, self._secret = subjects, runs, keeping, secret
        self._hearing, self._patience = hearing, patience

    @activity.defn
    @speaks_temporal
    async def open_run(self, ask: Open) -> None:
        """What is older than it is to be kept is deleted on the way: this comes by as often as the org is compared."""
        subject = self._subject(ask.org)
        await self._keeping.forget(ask.org, subject.keep_days)
        await self._runs.begin(ask.run_id, ask.org, subject.rules.object, ask.sample)

    @activity.defn
    @speaks_temporal
    async def compare_sample(self, ask: Open) -> None:
        """Some returns the org was told of: what it has of them, looked up by key."""
        subject = self._subject(ask.org)
        keys = await self._runs.sample(ask.org, ask.sample)
        with spending(Priority.RECONCILE):
            rows = await subject.feed.rows(subject.watch, keys=keys)
        live = tuple(row for row in rows if not row.deleted)
        gone = {str(row.fields.get(subject.rules.key)) for row in rows if row.deleted}
        await self._met(ask.run_id, ask.org, live, "", "sampled")
        met = {str(row.fields.get(subject.rules.key)) for row in live}
        known = await self._runs.comparable(ask.org, tuple(key for key in keys if key not in met))
        absent = tuple(key for key in sorted(known) if subject.matrix.shows(known[key].snapshot.region))
        await self._runs.missing(ask.run_id, tuple(_missing(key, known[key], key in gone) for key in absent))

    @activity.defn
    @speaks_temporal
    async def compare_part(self, ask: Part) -> str | None:
        """Answers where to go on; None when that was the last of them."""
        subject = self._subject(ask.org)
        with spending(Priority.RECONCILE):
            told = await subject.feed.every(subject.watch, ask.after)
        await self._met(ask.run_id, ask.org, told.rows, ask.after, told.after or f"{ask.after} ended")
        return told.after

    @activity.defn
    @speaks_temporal
    async def conclude_run(self, ask: Conclude) -> Concluded:
        """What is missing, which only a whole enumeration can tell, and only after a second look by key."""
        subject = self._subject(ask.org)
        state = RunState.INCOMPLETE if ask.broken else RunState.COMPLETE
        with spending(Priority.RECONCILE):
            if not ask.broken and not ask.sample:
                await self._find_missing(ask.run_id, ask.org, subject)
            alive = await _alive(subject, ask.broken)
        await self._runs.end(ask.run_id, state, alive, ask.broken)
        found: list[Drift] = []
        for action in (Action.PUBLISH, Action.ASK, Action.LEAVE):
            found += await self._runs.drifts(ask.run_id, action, _MOST)
        edited = {rule.field for rule in subject.rules.pulled}
        edits = [drift for drift in found if drift.cause in (Cause.CHANGED, Cause.SILENT) and drift.field in edited]
        return Concluded(
            tuple(dict.fromkeys(drift.return_id for drift in found if drift.action is Action.PUBLISH)),
            subject.rules.object,
            tuple(dict.fromkeys(drift.record for drift in edits)),
            tuple(dict.fromkeys(drift.return_id for drift in found if drift.cause is Cause.NOT_THERE)),
        )

    @activity.defn
    @speaks_temporal
    async def note_healed(self, run_id: str, many: int) -> None:
        await self._runs.healed(run_id, many)

    async def _find_missing(self, run_id: str, org: str, subject: Subject) -> None:
        after = ""
        while keys := await self._runs.unmet(run_id, after, 200):
            rows = await subject.feed.rows(subject.watch, keys=keys)
            there = {str(row.fields.get(subject.rules.key)): row for row in rows}
            known = await self._runs.comparable(org, keys)
            # Made while we looked, or moved behind our back: it is there.
            gone = [key for key in keys if key in known and (key not in there or there[key].deleted)]
            # What is switched off is not missing.
            wanted = [key for key in gone if subject.matrix.shows(known[key].snapshot.region)]
            await self._runs.missing(run_id, tuple(_missing(key, known[key], key in there) for key in wanted))
            after = keys[-1]

    async def _met(self, run_id: str, org: str, rows: tuple[Row, ...], before: str, after: str) -> None:
        subject = self._subject(org)
        keyed = {str(row.fields.get(subject.rules.key) or ""): row for row in rows}
        known = await self._runs.comparable(org, tuple(keyed))
        heard = await self._hearing.heard(org) if self._hearing is not None else None
        drifts: list[Drift] = []
        same = 0
        for key, row in keyed.items():
            if key not in known:
                # Whose personal data were erased has no contact any more, and a return that is not ours is reported.
                drifts.append(Drift(key, row.record, "", Cause.UNKNOWN_KEY, Action.LEAVE))
                continue
            if not subject.matrix.shows(known[key].snapshot.region):
                continue
            found = await differences(subject, known[key], row, self._unheard(row, heard), self._secret)
            same += not found
            drifts += found
        await self._runs.met(run_id, before, after, tuple(keyed), same, tuple(drifts))

    def _unheard(self, row: Row, heard: datetime | None) -> bool:
        """Changed there long enough ago, and the inbound path has not come so far."""
        if self._hearing is None or row.at is None or datetime.now(UTC) - row.at < self._patience:
            return False
        return heard is None or heard < row.at

    def _subject(self, org: str) -> Subject:
        subject = self._subjects.get(org)
        if subject is None:
            raise Permanent(org, "reconcile", "this CRM org is not configured on this worker; see BACKHAUL_CRM")
        return subject


async def _alive(subject: Subject, broken: str) -> bool:
    """Whether the org still tells its changes. One that is away, which is why the run broke, has not fallen silent."""
    try:
        return await subject.feed.alive(subject.watch)
    except VendorError:
        if not broken:
            raise
        return True


def _missing(key: str, mine: Comparable, deleted: bool) -> Drift:
    cause, action = why_missing(mine.standing, deleted)
    return Drift(key, "", "", cause, action)
