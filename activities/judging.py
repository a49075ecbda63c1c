"""One record's change, as a CRM told it, becomes one decision: every field compared, every request written down.

What is decided is saved as a whole, and only if nobody changed the record since it was read. Nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from activities import measures
from activities.crm import projection
from activities.people import Intake
from activities.publishing import Basis, Reading, as_it_is, on_way_of
from adapters.crm.port import Change, ChangeKind, Crm, Evidence, Feed, Scalar, Watch
from adapters.errors import Permanent, Retryable
from domain import ids
from domain.agreement import Sent
from domain.change_request import ChangeRequest, RequestKind
from domain.conflict import Ours, Outcome, Told, Verdict, compare
from domain.likeness import Value, same
from domain.mapping import FieldRule, Mode, ObjectRules
from domain.money import exponent
from domain.returns import Snapshot
from store.port import Asking, Conflict, Erased, Item, ItemKind, Record, RecordState, Returns, Ruling, Saved

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Org:
    """A CRM org and what is known of it. `words` turns what is asked there into our own words; `intake` takes in who
    its contacts are, None: nobody does. What was decided about it is kept for `keep_days`."""

    basis: Basis
    feed: Feed
    crm: Crm
    returns: Returns
    words: Reading = as_it_is
    intake: Intake | None = None
    keep_days: int = 400

    @property
    def name(self) -> str:
        return self.basis.matrix.org


@dataclass(frozen=True, slots=True)
class _Return:
    """A return as the books have it, its fields as they would be written, and as they are just being written."""

    snapshot: Snapshot
    ours: Mapping[str, Value]
    on_way: Mapping[str, Sequence[Sent]]


class Judge:
    """Of one object of one org."""

    def __init__(self, org: Org, rules: ObjectRules, watch: Watch) -> None:
        self._org, self._rules, self._watch = org, rules, watch
        self._basis = org.basis

    async def judge(self, change: Change) -> bool:
        """Whether a request was found and written down. Raises Permanent for a change that can never be dealt with."""
        for _ in range(_TRIES):
            record = await self._record(change)
            if record is None:
                return False
            decision = await self._decision(change, record)
            if decision is None:
                return False
            saved = await self._basis.agreements.decide(decision)
            if saved is Saved.DONE:
                _measure(decision)
            if saved is not Saved.OVERTAKEN:
                return bool(decision.asking)
        raise Retryable(self._org.name, "inbound", "the record was changed by others at the same time")

    async def _record(self, change: Change) -> Record | None:
        """None: it has no key of ours, so it is not ours."""
        org = self._org.name
        known = await self._basis.agreements.of_record(org, change.object, change.record)
        told = change.fields.get(self._rules.key)
        if known is not None:
            return replace(known, key=str(told)) if told and told != known.key else known
        if self._rules.key not in change.fields:
            rows = await self._org.feed.rows(self._watch, records=(change.record,))
            told = next((row.fields.get(self._rules.key) for row in rows), None)
        return Record(org, change.object, change.record, str(told)) if told else None

    async def _decision(self, change: Change, record: Record) -> Ruling | None:
        back = record.state is not RecordState.LIVE or change.kind is ChangeKind.UNDELETED
        after = replace(record, state=RecordState.LIVE)
        conflicts: list[Conflict] = []
        asking: list[Asking] = []
        items: list[Item] = []
        told = [(rule, change.fields[rule.field]) for rule in self._rules.pulled if rule.field in change.fields]
        if self._rules.concept == "return" and (told or back):
            try:
                returned = await self._return(record, told)
            except Erased:
                # Whatever is edited there now is between the CRM and its own people.
                return None
            mode = self._basis.matrix.mode(self._rules, returned.snapshot.region) if returned else self._rules.mode
            if not mode.pulls and mode is not Mode.SHADOW:
                return None
            for rule, value in told:
                verdict, conflict = self._compared(rule, value, change, record, returned)
                if mode is Mode.SHADOW:
                    conflicts += (
                        [replace(conflict, reason=f"shadow, nothing is done: {conflict.reason}")] if conflict else []
                    )
                    continue
                after = after.having(rule.field, verdict.agreed)
                if conflict is None:
                    after = replace(after, due=after.due or _held_back(rule, record, verdict))
                    continue
                if verdict.outcome is Outcome.REQUEST and returned is not None and rule.asks is not None:
                    found = self._asking(rule, rule.asks, value, change, record.key, returned.snapshot)
                    asking.append(found)
                    conflict = replace(conflict, request_id=found.request.request_id)
                conflicts.append(conflict)
                items += self._items(rule, verdict, record)
                after = replace(after, due=after.due or verdict.put_back)
            if back and mode is not Mode.SHADOW:
                # It may have slept for days: what it holds is not believed.
                after = replace(after, digest="", due=True)
        if after == record and record.seq >= 0 and not conflicts:
            return None
        event = f"{change.record}|{change.event}"
        return Ruling(self._org.name, change.object, event, after, tuple(conflicts), tuple(asking), tuple(items))

    async def _return(self, record: Record, told: list[tuple[FieldRule, Scalar]]) -> _Return | None:
        """None where all that was told is as agreed: then nobody needs to know what we say ourselves."""
        if record.state is RecordState.LIVE and all(self._agreed(record, rule, value) for rule, value in told):
            return None
        found = await self._org.returns.with_contact(record.key)
        if found is None:
            raise Permanent(self._org.name, "inbound", "it names a return that nobody knows here")
        snapshot, contact = found
        shown = self._org.crm.shown_as(projection(snapshot, contact, self._org.name))
        ours = {
            rule.field: self._sealed(rule, shown[rule.field], record)
            for rule in self._rules.pulled
            if rule.field in shown and rule.direction.pushes
        }
        under_way = await self._basis.agreements.under_way(self._org.name, record.key)
        return _Return(snapshot, ours, on_way_of(under_way))

    def _agreed(self, record: Record, rule: FieldRule, value: Scalar) -> bool:
        agreement = record.agreement(rule.field)
        return agreement.based and same(self._sealed(rule, value, record), agreement.base)

    def _sealed(self, rule: FieldRule, value: Scalar, record: Record) -> Value:
        return self._basis.sealed(rule, value, record.agreement(rule.field).base)

    def _compared(
        self, rule: FieldRule, value: Scalar, change: Change, record: Record, returned: _Return | None
    ) -> tuple[Verdict, Conflict | None]:
        agreement, theirs = record.agreement(rule.field), self._sealed(rule, value, record)
        ours: Ours | None = None
        if returned is not None and rule.field in returned.ours:
            own = returned.ours[rule.field]
            newest = agreement.newest
            ours = Ours(own, newest.at if newest is not None and same(newest.value, own) else None)
        certain = change.evidence is Evidence.CERTAIN
        told = Told(theirs, change.at, datetime.now(UTC), certain, change.own)
        on_way = returned.on_way.get(rule.field, ()) if returned is not None else ()
        verdict = compare(rule, agreement, told, ours, on_way)
        if verdict.outcome.silent:
            return verdict, None
        return verdict, Conflict(
            org=self._org.name,
            object=change.object,
            record=change.record,
            key=record.key,
            field=rule.field,
            rule=rule.rule,
            outcome=verdict.outcome,
            reason=verdict.reason,
            base=agreement.base,
            theirs=theirs,
            ours=ours.value if ours else None,
            value=verdict.value,
            evidence=change.evidence,
            own=change.own,
            writer=change.writer,
            at=change.at,
            event=change.event,
        )

    def _asking(
        self, rule: FieldRule, kind: RequestKind, value: Scalar, change: Change, return_id: str, snapshot: Snapshot
    ) -> Asking:
        request_id = ids.change_request_id(self._org.name, change.record, rule.field, change.event)
        asked, note = _asked(kind, self._org.words(rule.field, value), snapshot.currency)
        source = ids.crm_source(self._org.name)
        return Asking(return_id, ChangeRequest(request_id, kind, asked, source, change.writer, change.at), note)

    def _items(self, rule: FieldRule, verdict: Verdict, record: Record) -> list[Item]:
        where = (record.object, record.record, record.key, rule.field)
        found: list[Item] = []
        if verdict.outcome is Outcome.MANUAL:
            found.append(Item(self._org.name, ItemKind.MANUAL, *where, verdict.reason))
        if verdict.tripped:
            found.append(Item(self._org.name, ItemKind.SWINGING, *where, verdict.reason))
        return found


def _held_back(rule: FieldRule, record: Record, verdict: Verdict) -> bool:
    """We meant to write the field, did not because of an edit that was not heard yet, and now there is none."""
    waits = rule.asks is not None and not record.digest
    return waits and verdict.agreed.drifted and not verdict.agreed.frozen


def _asked(kind: RequestKind, value: Scalar, currency: str) -> tuple[str, str]:
    """(value, note) as domain.change_request wants them. What is no amount is passed on, for the return to refuse."""
    if kind is RequestKind.CANCELLATION:
        return "", ""
    if kind is RequestKind.NOTE:
        return "", str(value)
    if kind is RequestKind.REASON:
        return str(value), ""
    text = str(value).strip()
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return text, ""
    if amount == amount.to_integral_value() or -int(amount.normalize().as_tuple().exponent) <= exponent(currency):
        amount = amount.quantize(Decimal(1).scaleb(-exponent(currency)))
    return f"{amount:f} {currency}", ""


def _measure(decision: Ruling) -> None:
    for conflict in decision.conflicts:
        measures.crm_decided(conflict.org, conflict.outcome)
    for item in decision.items:
        if item.kind is ItemKind.SWINGING:
            measures.crm_swung(item.org)
