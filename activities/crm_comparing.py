"""What one record of a CRM shows against what a publication would write now, and against what was agreed of it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import timedelta

from activities.crm import projection
from activities.publishing import Basis
from adapters.crm.port import Crm, Feed, Projection, Row, Scalar, Watch
from adapters.errors import Permanent
from domain.drift import Action, Cause, differing, normal, why_different
from domain.likeness import empty, same
from domain.mapping import FieldRule, Matrix, ObjectRules
from store.port import Comparable, Drift, Record


@dataclass(frozen=True, slots=True)
class Subject:
    """An org to be compared: its doors, and what its publications stand on. `counts` is the field that counts versions
    there, where the hub fills it itself and no mapping has it. What was decided about it is kept for `keep_days`."""

    crm: Crm
    feed: Feed
    basis: Basis
    counts: str = ""
    keep_days: int = 400

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


async def differences(subject: Subject, mine: Comparable, row: Row, unheard: bool, secret: bytes) -> list[Drift]:
    """`unheard`: it was changed there, and the inbound path has passed that time in silence. `secret` keys the
    hashes of values."""
    org = subject.matrix.org
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
        if rule is not None and action is not Action.PUBLISH and _met_before(subject.basis, rule, known, theirs[name]):
            action = Action.WAIT
        hashes = _hash(secret, normal(ours[name])), _hash(secret, normal(theirs[name]))
        found.append(Drift(shown.return_id, row.record, name, cause, action, *hashes))
    for name in asked:
        rule = subject.rules.of(name)
        if rule is not None and not _met_before(subject.basis, rule, known, theirs[name]):
            cause = Cause.SILENT if unheard else Cause.CHANGED
            there = _hash(secret, normal(theirs[name]))
            found.append(Drift(shown.return_id, row.record, name, cause, Action.ASK, "", there))
    return found


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


def _hash(secret: bytes, value: str) -> str:
    return hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()[:16] if value else ""
