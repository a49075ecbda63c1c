"""The activities by which a CRM org is listened to; they run on the org's own queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from temporalio import activity

from activities.desk import ReturnDesk
from activities.errors import speaks_temporal
from activities.handing import Handing
from activities.judging import Org
from activities.listening import Ear, Heard
from adapters.crm.spending import Priority, spending
from adapters.errors import Permanent
from domain.mapping import Matrix, Mode, ObjectRules
from domain.sweep import Guard
from store.port import CrmBooks, Links


@dataclass(frozen=True, slots=True)
class Listen:
    """For `span` seconds, or until there is something else to do; 0 looks once, without waiting. `waiting` are returns
    of which the asker knows that they are due: they are no reason to stop listening."""

    org: str
    object: str
    span: float = 0.0
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookAt:
    """Records of an object that are to be dealt with as they stand."""

    org: str
    object: str
    records: tuple[str, ...]


class InboundActivities:
    def __init__(
        self, orgs: Mapping[str, Org], books: CrmBooks, links: Links, desk: ReturnDesk, guard: Guard | None = None
    ) -> None:  # fmt: skip
        self._orgs, self._books, self._links, self._guard = orgs, books, links, guard or Guard()
        self._handing = Handing(desk, books.agreements)

    @activity.defn
    @speaks_temporal
    async def watched(self, org: str) -> tuple[str, ...]:
        """The objects that are listened to."""
        return tuple(rules.object for rules in watched(self._org(org).basis.matrix))

    @activity.defn
    @speaks_temporal
    async def listen(self, ask: Listen) -> Heard:
        with spending(Priority.INBOUND):
            return await self._ear(ask.org, ask.object).listen(ask.span, ask.waiting)

    @activity.defn
    @speaks_temporal
    async def compare(self, ask: Listen) -> Heard:
        """Some parts of the comparing of everything; `Heard.comparing` is empty when it is over."""
        with spending(Priority.RECONCILE):
            return await self._ear(ask.org, ask.object).compare(ask.span, ask.waiting)

    @activity.defn
    @speaks_temporal
    async def look_at(self, ask: LookAt) -> Heard:
        """For who found that they were changed, and that nobody was told."""
        with spending(Priority.RECONCILE):
            return await self._ear(ask.org, ask.object).look_at(ask.records)

    def _ear(self, name: str, of: str) -> Ear:
        org = self._org(name)
        rules = org.basis.matrix.object(of)
        if rules is None:
            raise Permanent(name, "inbound", f"the mapping has no object {of} any more; restart the inbound workflow")
        return Ear(org, rules, self._books, self._links, self._handing, self._guard)

    def _org(self, name: str) -> Org:
        if name not in self._orgs:
            raise Permanent(name, "inbound", "this CRM org is not configured on this worker; see BACKHAUL_CRM")
        return self._orgs[name]


def watched(matrix: Matrix) -> tuple[ObjectRules, ...]:
    """Objects with fields the CRM may change; and people and companies, of which merges and deletions count."""
    found = []
    for rules in matrix.objects:
        listened = rules.mode.pulls or rules.mode is Mode.SHADOW
        if listened and (rules.pulled or rules.concept in ("return", "contact", "account")):
            found.append(rules)
    return tuple(found)
