"""What a publication to a CRM has to do with what is agreed there: whether it is needed, what it writes, what it saves.

Nothing is sent when all but the version and the times is as it was last published and nobody changed it since: the CRM
then shows the newest state already, and that is what is counted. Coverage stays true, because the stage is part of what
is compared, and a change made in the CRM marks the agreement, which makes the next publication write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from activities.measures import crm_unchanged
from adapters.crm.port import Crm, Projection, Published, Scalar
from adapters.errors import Permanent, Retryable
from domain.agreement import Sent
from domain.likeness import Value
from domain.mapping import FieldRule, Mask, Matrix, ObjectRules
from domain.showing import Plan, after_writing, plan, unheard
from security.sealing import Seal
from store.port import Agreements, Record, RecordState, UnderWay

_TRIES = 5
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_MUCH_DELETED = 2
_UNSEEN: Mapping[str, Scalar] = {}


# What a value of a field of the return's record is made to; the field is named as the CRM names it.
Reading = Callable[[str, Scalar], Scalar]


def as_it_is(field: str, value: Scalar) -> Scalar:
    return value


@dataclass(frozen=True, slots=True)
class Basis:
    """What publications to one org stand on. `normal` brings what was sent, answered or told into one form."""

    matrix: Matrix
    agreements: Agreements
    seal: Seal
    normal: Reading = as_it_is

    def sealed(self, rule: FieldRule, value: Scalar, base: Value = None) -> Value:
        """A value as it is kept and compared: in its one form, and as a commitment where it is personal."""
        value = self.normal(rule.field, value)
        return self.seal(value, base) if rule.mask is Mask.PERSONAL else value


class Draft(NamedTuple):
    """A publication that is not written yet, and the record by which it was drafted. `tried` is what was sent before
    and may have arrived."""

    known: Record | None
    projection: Projection
    tried: tuple[UnderWay, ...]


class Publishing:
    """One publication of one return in one org."""

    def __init__(self, crm: Crm, basis: Basis, projection: Projection, stage: str) -> None:
        self._crm, self._basis, self._projection, self._stage = crm, basis, projection, stage
        found = basis.matrix.concept("return")
        self._rules = found or ObjectRules("return", "", "", ())
        self._digest = digest(projection, basis.matrix.version, basis.seal)

    async def publish(
        self, anyway: bool, written_first: Callable[[Published], Awaitable[None]], whole: bool = False
    ) -> int:
        """The version the CRM shows now. `anyway`: also when it should show all of it already. `written_first` is done
        with the CRM's answer before anything says that it is shown: only then is a repeat sure to do it. `whole`: the
        CRM lost what was agreed, so nothing is left out."""
        org = self._basis.matrix.org
        known, asked = await self._standing(whole)
        version = self._projection.version
        live = known is not None and known.state is RecordState.LIVE
        shown = known is not None and live and known.digest == self._digest and not asked.must
        if known is not None and shown and not anyway:
            newer = replace(known, version=max(known.version, version), due=False)
            if await self._basis.agreements.published(newer, version, self._stage):
                crm_unchanged(org)
                return version
        tried = await self._sending(self._drafted(asked))
        held: frozenset[str] = frozenset()
        seen: Mapping[str, Scalar] = {}
        if known is not None and live:
            held, seen = await self._unheard(known, asked, tried)
        published, written = await self._send(known, replace(asked, leave=asked.leave | held), seen)
        await written_first(published)
        return await self._save(known, published, written, tried, held)

    async def draft(self) -> Draft:
        """As it is to be written by somebody else, who then has it saved. Raises as `publish`."""
        known, asked = await self._standing()
        drafted = self._drafted(asked)
        return Draft(known, drafted, await self._sending(drafted))

    async def written(self, draft: Draft, published: Published) -> None:
        """Somebody else wrote the draft, and this is the CRM's answer. Nothing is agreed of a record that was met in
        another version, nor of one that was left out of and then turned out to be another record."""
        known, projection, tried = draft
        other = known is not None and published.record != known.record and bool(projection.leave or projection.stands)
        as_drafted = published.version == projection.version and bool(published.fields) and not other
        written = projection.agreed(self._crm.shown_as(self._projection)) if as_drafted else None
        await self._save(known, published, written, tried)

    async def _standing(self, whole: bool = False) -> tuple[Record | None, Plan]:
        org, return_id = self._basis.matrix.org, self._projection.return_id
        known = await self._basis.agreements.of_return(org, return_id)
        if known is None or known.state is not RecordState.LIVE:
            if known is not None and known.lost >= _MUCH_DELETED:
                raise Permanent(
                    org, f"publish {return_id}", "its record was deleted in the CRM twice; it is left alone until "
                    "somebody decides (`crm items`)",
                )  # fmt: skip
            return known, Plan()
        return known, plan(self._rules, known.fields, self._sealed(self._crm.shown_as(self._projection)), whole)

    async def _unheard(
        self, known: Record, asked: Plan, tried: tuple[UnderWay, ...]
    ) -> tuple[frozenset[str], Mapping[str, Scalar]]:
        """Fields that ask, are about to be written, and were edited since we heard of them last. To write them would
        lose a request where the CRM tells only how a record stands; they are written once it was heard and answered.
        And what the others of them held, so that an edit which is made now is not written over either."""
        return_id, ours = self._projection.return_id, self._sealed(self._crm.shown_as(self._projection))
        names = tuple(
            rule.field
            for rule in self._rules.pulled
            if rule.asks is not None and rule.mask is not Mask.PERSONAL and rule.direction.pushes
            and rule.field in ours and rule.field not in asked.leave and rule.field not in asked.stands
            and known.agreement(rule.field).based and not known.agreement(rule.field).frozen
        )  # fmt: skip
        if not names:
            return frozenset(), {}
        stands = (await self._crm.standing((return_id,))).get(return_id, {})
        held = unheard(known.fields, names, self._sealed(stands), on_way_of(tried))
        return held, {name: stands[name] for name in names if name in stands and name not in held}

    def _drafted(self, asked: Plan, seen: Mapping[str, Scalar] = _UNSEEN) -> Projection:
        return replace(self._projection, leave=asked.leave, stands=asked.stands, seen=seen)

    async def _sending(self, projection: Projection) -> tuple[UnderWay, ...]:
        """Before the call: the CRM may tell of what it writes before we have its answer."""
        org, key, version = self._basis.matrix.org, projection.return_id, projection.version
        fields = self._sealed(projection.agreed(self._crm.shown_as(self._projection)))
        return await self._basis.agreements.sending(org, key, version, fields)

    async def _send(
        self, known: Record | None, asked: Plan, seen: Mapping[str, Scalar]
    ) -> tuple[Published, Mapping[str, Scalar] | None]:
        """A record that is new to us has nothing to be left out of it: then it is written once more, whole."""
        projection = self._drafted(asked, seen)
        published = await self._crm.publish(projection)
        other = known is not None and published.record != known.record
        if other and (asked.leave or asked.stands):
            projection = self._projection
            published = await self._crm.publish(projection)
        if published.version > projection.version:
            return published, None
        return published, projection.agreed(self._crm.shown_as(self._projection))

    async def _save(
        self,
        before: Record | None,
        published: Published,
        written: Mapping[str, Scalar] | None,
        tried: tuple[UnderWay, ...],
        held: frozenset[str] = frozenset(),
    ) -> int:
        """`written` None: the CRM shows something, and what that is we do not know. `held` was not written and has to
        be, later."""
        org, key = self._basis.matrix.org, self._projection.return_id
        of = self._rules.object or published.object
        version = published.version
        stage = self._stage if version == self._projection.version else ""
        sent = self._sealed(written) if written is not None else {}
        stored = self._sealed(published.fields) if written is not None else {}
        seen = before.fields if before is not None and before.record == published.record else {}
        now = before if before is not None and before.record == published.record else None
        for _ in range(_TRIES):
            now = now or await self._basis.agreements.of_record(org, of, published.record)
            record = now or Record(org, of, published.record, key)
            fields = after_writing(
                self._rules, seen, record.fields, sent, stored, self._projection.version, datetime.now(UTC),
                on_way_of(tried),
            )  # fmt: skip
            fields |= {name: replace(fields[name], drifted=True) for name in held if name in fields}
            made = self._digest_of(published) if written is not None and not held else ""
            record = replace(
                record, state=RecordState.LIVE, key=key, digest=made, version=version, fields=fields, due=False
            )
            if await self._basis.agreements.published(record, version, stage):
                return version
            now = None
        # Others changed it five times within one call: the next publication compares with what they left.
        raise Retryable(org, f"publish {key}", "the record was changed by others at the same time")

    def _digest_of(self, published: Published) -> str:
        """What it was linked to is what the next publication asks for, once that is known."""
        contact = published.contact_record or self._projection.contact_record
        account = published.account_record or self._projection.account_record
        linked = replace(self._projection, contact_record=contact, account_record=account)
        return digest(linked, self._basis.matrix.version, self._basis.seal)

    def _sealed(self, values: Mapping[str, Scalar]) -> dict[str, Value]:
        """The fields a CRM may change, the personal ones as commitments."""
        return {
            rule.field: self._basis.sealed(rule, values[rule.field])
            for rule in self._rules.pulled
            if rule.field in values
        }


def on_way_of(under_way: Iterable[UnderWay]) -> dict[str, tuple[Sent, ...]]:
    """What is under way, field by field, oldest first."""
    found: dict[str, tuple[Sent, ...]] = {}
    for one in under_way:
        for name, value in one.fields.items():
            found[name] = (*found.get(name, ()), Sent(value, one.version, one.at))
    return found


def digest(projection: Projection, mapping: str, seal: Seal) -> str:
    """Names everything a CRM shows of it but its number and time. It cannot be read back."""
    bare = replace(projection, version=0, changed_at=_NEVER)
    whole = hashlib.sha256(f"{mapping}\n{bare!r}".encode()).hexdigest()
    return str(seal(whole))
