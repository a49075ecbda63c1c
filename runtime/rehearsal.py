"""What a mapping would write of real returns, against what the CRM's records hold now. Nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from activities.crm import projection
from adapters.crm.mapping import Compiled
from adapters.crm.mapping.normal import normal
from adapters.crm.port import Projection, Scalar
from adapters.errors import Permanent
from domain.mapping import Mask, Mode
from runtime.refusals import NotFound
from store.port import Erased, Returns, Search


class Mirror(Protocol):
    """A CRM's adapter, as far as it is looked at here."""

    def shown_as(self, projection: Projection) -> Mapping[str, Scalar]: ...

    async def standing(self, return_ids: Sequence[str]) -> Mapping[str, Mapping[str, Scalar]]:
        """What the records of these returns hold now, by return id."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that would change. A personal one tells only how long its values are."""

    field: str
    now: Scalar
    then: Scalar


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """`there`: the CRM has a record of the return. `problem`: why nothing can be written, else empty."""

    return_id: str
    there: bool
    mode: Mode
    differences: tuple[Difference, ...]
    problem: str = ""


class Rehearsal:
    def __init__(self, org: str, mapping: Compiled, crm: Mirror, returns: Returns) -> None:
        self._org, self._mapping, self._crm, self._returns = org, mapping, crm, returns

    async def of(self, return_ids: Sequence[str], limit: int) -> tuple[Rehearsed, ...]:
        """These returns, or the newest but for those whose person was erased. Raises NotFound, Erased, and what the
        CRM's door raises."""
        newest = not return_ids
        if newest:
            page = await self._returns.search(Search(limit=limit))
            return_ids = [each.return_id for each in page.snapshots]
        shown: list[Projection] = []
        for return_id in dict.fromkeys(return_ids):
            try:
                found = await self._returns.with_contact(return_id)
            except Erased:
                if newest:
                    continue
                raise
            if found is None:
                raise NotFound(f"{return_id} is not in the books, or not with its customer yet")
            shown.append(projection(*found, self._org))
        standing = await self._crm.standing([each.return_id for each in shown]) if shown else {}
        return tuple(self._compare(each, standing.get(each.return_id)) for each in shown)

    def _compare(self, shown: Projection, now: Mapping[str, Scalar] | None) -> Rehearsed:
        matrix, there = self._mapping.matrix(self._org), now is not None
        rules = matrix.concept("return")
        mode = matrix.mode(rules, shown.region) if rules is not None else Mode.OFF
        try:
            then = self._crm.shown_as(shown)
        except Permanent as error:
            return Rehearsed(shown.return_id, there, mode, (), error.reason)
        changed = (self._difference(name, (now or {}).get(name), value) for name, value in then.items())
        return Rehearsed(shown.return_id, there, mode, tuple(each for each in changed if each is not None))

    def _difference(self, name: str, now: Scalar, then: Scalar) -> Difference | None:
        field = self._mapping.own.field(name)
        if field is None:
            return Difference(name, now, then) if now != then else None
        if normal(field.kind, now) == normal(field.kind, then):
            return None
        if field.rule.mask is Mask.PERSONAL:
            return Difference(name, _masked(now), _masked(then))
        return Difference(name, now, then)


def _masked(value: Scalar) -> Scalar:
    return None if value is None else f"(personal, {len(str(value))} characters)"
