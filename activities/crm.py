"""What a CRM is told: the newest state of a return, read at the moment it is sent, so that bursts fall together."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio import activity

from activities.errors import speaks_temporal
from activities.measures import crm_shown
from activities.publishing import Basis, Publishing
from adapters.crm.port import Answer, Crm, Projection, ProjectionLine, Published
from adapters.errors import Permanent, Retryable, VendorError
from domain import ids
from domain.change_request import newest_of
from domain.identity.record import PartyRecord, customer
from domain.mapping import Mode
from domain.order import Contact
from domain.returns import Snapshot, SnapshotLine
from domain.units import Acceptance, Reception, count
from store.port import Erased, Links, Live, Outbox, Parties, Returns, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Publish:
    """`anyway`: write also when the CRM should show all of it already; for who has reason to doubt that. `whole`: leave
    nothing out, for who knows that the CRM lost what it was shown."""

    return_id: str
    org: str
    anyway: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Park:
    """Make what is undelivered in a lane a dead letter."""

    return_id: str
    lane: str
    reason: str


class CrmActivities:
    """`basis` by org, with the switches of regions and objects; an org without one is shown everything each time, and
    nothing is kept of what it agreed to."""

    def __init__(
        self, crms: Mapping[str, Crm], returns: Returns, outbox: Outbox, links: Links, parties: Parties,
        basis: Mapping[str, Basis] | None = None,
    ) -> None:  # fmt: skip
        self._crms, self._returns, self._outbox, self._basis = crms, returns, outbox, basis or {}
        self._links, self._parties = links, parties

    @activity.defn
    @speaks_temporal
    async def publish(self, ask: Publish) -> int:
        """Publish the newest recorded state; answers the version the CRM now shows, 0 when it is not to be shown."""
        crm = self._crms.get(ask.org)
        if crm is None:
            raise Permanent(ask.org, "publish", "this CRM org is not configured on this worker; see BACKHAUL_CRM")
        try:
            found = await self._returns.with_contact(ask.return_id)
        except Erased:
            return await self._erased(ask)
        if found is None:
            raise Retryable(ask.org, "publish", f"{ask.return_id} is not recorded yet")
        snapshot, contact = found
        if not snapshot.currency:
            # Recorded while the shop was slow to tell the order: shown like this, the return would be a guest's.
            raise Retryable(ask.org, "publish", f"the order of {ask.return_id} is not recorded yet")
        if (mode := self._mode(ask.org, snapshot.region)) is not None:
            return await self._switched_off(ask, mode, snapshot.version, crm, projection(snapshot, contact, ask.org))
        whose = await self._parties.standing(party_record(snapshot, contact), ask.org)
        shown, basis = projection(snapshot, contact, ask.org, whose.live), self._basis.get(ask.org)

        async def linked(published: Published) -> None:
            now = Live(published.contact_record, published.account_record)
            await self._links.shown(whose.link, ask.org, whose.live, now)

        try:
            if basis is not None:
                version = await Publishing(crm, basis, shown, str(snapshot.stage)).publish(
                    ask.anyway, linked, ask.whole
                )
            else:
                published = await crm.publish(shown)
        except VendorError as error:
            await self._count(ask, error)
            raise
        if basis is None:
            await linked(published)
            version = max(published.version, snapshot.version)
            stage = "" if published.version > snapshot.version else str(snapshot.stage)
            await self._outbox.shown(ask.return_id, ask.org, version, stage)
        crm_shown(ask.org, (datetime.now(UTC) - snapshot.changed_at).total_seconds())
        return version

    async def _erased(self, ask: Publish) -> int:
        """Its person was erased: what the CRM shows is what is left there, and nothing more is owed."""
        snapshot = await self._returns.snapshot(ask.return_id)
        await self._outbox.waive(ask.return_id, ask.org, snapshot.version if snapshot is not None else 0)
        return 0

    def _mode(self, org: str, region: str) -> Mode | None:
        """The switch that keeps returns of this region from being shown; None when they are."""
        basis = self._basis.get(org)
        rules = basis.matrix.concept("return") if basis is not None else None
        if basis is None or rules is None:
            return None
        mode = basis.matrix.mode(rules, region)
        return None if mode.pushes else mode

    async def _switched_off(self, ask: Publish, mode: Mode, version: int, crm: Crm, shown: Projection) -> int:
        """Nothing is written and nothing more is owed, and it is not counted as shown: coverage tells what a CRM shows,
        not what somebody switched off. Shadow works everything out and says how much it would have written."""
        if mode is Mode.SHADOW:
            many = len(crm.shown_as(shown))
            activity.logger.info("shadow: would write %d fields of %s version %d", many, ask.return_id, version)
        await self._outbox.waive(ask.return_id, ask.org, version)
        return 0

    async def _count(self, ask: Publish, error: VendorError) -> None:
        """That it failed is a fact worth keeping, but never worth more than the reason why it did."""
        replayed = activity.in_activity() and activity.info().workflow_type == "CrmReplay"
        with contextlib.suppress(StoreUnavailable):
            await self._outbox.failed(ask.return_id, ask.org, "replay" if replayed else "publish", cause(error))

    @activity.defn
    @speaks_temporal
    async def park(self, ask: Park) -> None:
        await self._outbox.park(ask.return_id, ask.lane, ask.reason)


def cause(error: VendorError) -> str:
    """In a word, to be counted by: the vendor's own code, else the kind of our error."""
    return error.code or type(error).__name__


def party_record(snapshot: Snapshot, contact: Contact) -> PartyRecord:
    """The return's customer as the shop knows them. Only a guest is tied to the order: a customer has many."""
    name = contact.name or contact.company or ""
    orders = () if snapshot.customer_id else (snapshot.order_id,)
    ref = customer(snapshot.customer_id, snapshot.order_id)
    return PartyRecord(ref, {"name": name, "email": contact.email}, orders=orders)


def projection(snapshot: Snapshot, contact: Contact, org: str = "", live: Live | None = None) -> Projection:
    """What a CRM org shows of a snapshot: its own newest request is answered there, else whoever's. `live` are the
    org's records that stand for the customer."""
    asked = newest_of(snapshot.changes, ids.crm_source(org))
    hold = snapshot.holds[0].reason if snapshot.holds else None
    return Projection(
        return_id=snapshot.return_id,
        version=snapshot.version,
        stage=snapshot.stage,
        customer_stage=snapshot.customer_stage,
        order_id=snapshot.order_id,
        order_name=snapshot.order_name,
        customer_id=snapshot.customer_id,
        contact_name=contact.name,
        contact_email=contact.email,
        company=contact.company,
        reason=snapshot.lines[0].reason if snapshot.lines else "",
        quoted=snapshot.quote.total if snapshot.quote else None,
        credited=snapshot.credited,
        paid=snapshot.payout.total if snapshot.payout else None,
        hold=hold,
        next_step=snapshot.waiting_for,
        changed_at=snapshot.changed_at,
        lines=tuple(_line(snapshot, line) for line in snapshot.lines),
        region=snapshot.region,
        answer=Answer(asked.request.request_id, asked.status, asked.sentence) if asked is not None else None,
        contact_record=live.contact if live else None,
        account_record=live.account if live else None,
    )


def _line(snapshot: Snapshot, line: SnapshotLine) -> ProjectionLine:
    def units(acceptance: Acceptance) -> int:
        return sum(
            lot.quantity for lot in snapshot.lots if lot.line_id == line.line_id and lot.acceptance is acceptance
        )

    return ProjectionLine(
        key=f"{snapshot.return_id}:{line.line_id}",
        line_id=line.line_id,
        sku=line.sku,
        title=line.title,
        reason=line.reason,
        requested=line.quantity,
        received=count(snapshot.lots, line.line_id, Reception.RECEIVED),
        accepted=units(Acceptance.ACCEPTED),
        rejected=units(Acceptance.REJECTED),
    )
