"""Compares what a CRM org shows with the books, part by part. Reads only; what is to be shown again is told, not done.

Values stay here: what is kept of them are keyed hashes, and histories have counts and return ids.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from temporalio import activity

from activities.crm import projection
from activities.errors import speaks_temporal
from activities.publishing import Basis
from adapters.crm.port import Crm, Feed, Projection, Row, Scalar, Watch
from adapters.crm.spending import Priority, spending
from adapters.errors import Permanent
from domain.drift import Action, Cause, differing, normal, why_different, why_missing
from domain.likeness import empty, same
from domain.mapping import FieldRule, Matrix, ObjectRules
from store.port import Record
from store.port.reconciliations import Comparable, Drift, Reconciliations, RunState

# So many differences of one run are acted upon; the next run finds the rest.
_MOST = 10_000


class Hearing(Protocol):
    """How far the inbound path of an org has come."""

    async def heard(self, org: str) -> datetime | None:
        """When it last took in what the org told, if only that nothing had changed. None: it never did."""
        ...


@dataclass(frozen=True, slots=True)
class Subject:
    """An org to be compared: its doors, and what its publications stand on. `counts` is the field that counts versions
    there, where the hub fills it itself and no mapping has it."""

    crm: Crm
    feed: Feed
    basis: Basis
    counts: str = ""

    @property
    def matrix(self) -> Matrix:
        return self.basis.matrix

    @property
    def rules(self) -> ObjectRules:
        """Those of the object that shows returns."""
        found = self.matrix.concept("return")
        if found is None:
            raise Permanent(self.matrix.org, "reconcile", "its mapping has no object that shows returns")
        return found

    @property
    def watch(self) -> Watch:
        names = dict.fromkeys((self.rules.key, self.counts, *(rule.field for rule in self.rules.fields)))
        return Watch(self.rules.object, self.rules.key, tuple(name for name in names if name))


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
    """`heal` are the returns that are to be shown again; `look_at` the records of `object` that somebody changed there
    without its being told: what is to be done about them is judged by the inbound path."""

    heal: tuple[str, ...]
    object: str = ""
    look_at: tuple[str, ...] = ()


class ReconcileActivities:
    """`patience` is how long after a change in the org the inbound path may take to hear of it; `secret` keys the
    hashes."""

    def __init__(
        self,
        subjects: Mapping[str, Subject],
        runs: Reconciliations,
        secret: bytes,
        hearing: Hearing | None = None,
        patience: timedelta = timedelta(minutes=15),
    ) -> None:
        self._subjects, self._runs, self._secret = subjects, runs, secret
        self._hearing, self._patience = hearing, patience

    @activity.defn
    @speaks_temporal
    async def open_run(self, ask: Open) -> None:
        await self._runs.begin(ask.run_id, ask.org, self._subject(ask.org).rules.object, ask.sample)

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
            alive = await subject.feed.alive(subject.watch)
        await self._runs.end(ask.run_id, state, alive, ask.broken)
        found = await self._runs.drifts(ask.run_id, limit=_MOST)
        edited = {rule.field for rule in subject.rules.pulled}
        edits = [drift for drift in found if drift.cause in (Cause.CHANGED, Cause.SILENT) and drift.field in edited]
        return Concluded(
            tuple(dict.fromkeys(drift.return_id for drift in found if drift.action is Action.PUBLISH)),
            subject.rules.object,
            tuple(dict.fromkeys(drift.record for drift in edits)),
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
            found = await self._compare(org, subject, known[key], row, self._unheard(row, heard))
            same += not found
            drifts += found
        await self._runs.met(run_id, before, after, tuple(keyed), same, tuple(drifts))

    async def _compare(self, org: str, subject: Subject, mine: Comparable, row: Row, unheard: bool) -> list[Drift]:
        shown, one_form = projection(mine.snapshot, mine.contact, org), subject.basis.normal
        ours = {name: one_form(name, value) for name, value in subject.crm.shown_as(shown).items()}
        theirs = {name: one_form(name, value) for name, value in row.fields.items()}
        clockwork, counted = _clockwork(subject.crm, shown)
        fields = [name for name in differing(ours, theirs) if name not in clockwork and name != subject.rules.key]
        asked = [name for name in _asked(subject, mine.snapshot.region) if not empty(theirs.get(name))]
        if not fields and not asked:
            return []
        record = await subject.basis.agreements.of_record(org, subject.rules.object, row.record)
        known = record or Record(org, subject.rules.object, row.record, shown.return_id)
        older = any(_number(row.fields[name]) < mine.standing.shown for name in counted if name in row.fields)
        found = []
        for name in fields:
            rule = subject.rules.of(name)
            if rule is not None and _stands(subject.basis, rule, known, theirs[name]):
                continue
            cause, action = why_different(mine.standing, older, unheard, rule)
            hashes = self._hash(normal(ours[name])), self._hash(normal(theirs[name]))
            found.append(Drift(shown.return_id, row.record, name, cause, action, *hashes))
        for name in asked:
            rule = subject.rules.of(name)
            if rule is not None and not _met_before(subject.basis, rule, known, theirs[name]):
                cause = Cause.SILENT if unheard else Cause.CHANGED
                there = self._hash(normal(theirs[name]))
                found.append(Drift(shown.return_id, row.record, name, cause, Action.ASK, "", there))
        return found

    def _unheard(self, row: Row, heard: datetime | None) -> bool:
        """Changed there long enough ago, and the inbound path has not come so far."""
        if self._hearing is None or row.at is None or datetime.now(UTC) - row.at < self._patience:
            return False
        return heard is None or heard < row.at

    def _hash(self, value: str) -> str:
        return hmac.new(self._secret, value.encode(), hashlib.sha256).hexdigest()[:16] if value else ""

    def _subject(self, org: str) -> Subject:
        subject = self._subjects.get(org)
        if subject is None:
            raise Permanent(org, "reconcile", "this CRM org is not configured on this worker; see BACKHAUL_CRM")
        return subject


def _missing(key: str, mine: Comparable, deleted: bool) -> Drift:
    cause, action = why_missing(mine.standing, deleted)
    return Drift(key, "", "", cause, action)


def _asked(subject: Subject, region: str) -> tuple[str, ...]:
    """Fields in which something is asked of a return and we show nothing: what stands there was asked some time."""
    if not subject.matrix.mode(subject.rules, region).pulls:
        return ()
    return tuple(rule.field for rule in subject.rules.pulled if rule.asks is not None and not rule.direction.pushes)


def _stands(basis: Basis, rule: FieldRule, record: Record, theirs: Scalar) -> bool:
    """It won over ours."""
    agreed = record.agreement(rule.field)
    return agreed.won and same(basis.sealed(rule, theirs, agreed.base), agreed.standing)


def _met_before(basis: Basis, rule: FieldRule, record: Record, theirs: Scalar) -> bool:
    """It was told, and dealt with."""
    agreed = record.agreement(rule.field)
    return agreed.based and same(basis.sealed(rule, theirs, agreed.base), agreed.base)


def _clockwork(crm: Crm, shown: Projection) -> tuple[frozenset[str], frozenset[str]]:
    """Fields that only say which version it is and when that was, and those of them that count versions: a version in
    which nothing changed that a CRM shows is never sent, so these may be behind without harm."""
    now = crm.shown_as(shown)
    next_version = crm.shown_as(replace(shown, version=shown.version + 1))
    later = crm.shown_as(replace(shown, version=shown.version + 1, changed_at=shown.changed_at + timedelta(days=400)))
    counted = frozenset(name for name in now if now[name] != next_version.get(name))
    return frozenset(name for name in now if now[name] != later.get(name)), counted


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
