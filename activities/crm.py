"""What a CRM is told: the newest state of a return, read at the moment it is sent, so that bursts fall together."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio import activity

from activities.errors import speaks_temporal
from activities.measures import crm_shown
from adapters.crm.port import Crm, Projection, ProjectionLine
from adapters.errors import Permanent, Retryable, VendorError
from domain.order import Contact
from domain.returns import Snapshot, SnapshotLine
from domain.units import Acceptance, Reception, count
from store.port import Outbox, Returns, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Publish:
    return_id: str
    org: str


@dataclass(frozen=True, slots=True)
class Park:
    """Make what is undelivered in a lane a dead letter."""

    return_id: str
    lane: str
    reason: str


class CrmActivities:
    def __init__(self, crms: Mapping[str, Crm], returns: Returns, outbox: Outbox) -> None:
        self._crms, self._returns, self._outbox = crms, returns, outbox

    @activity.defn
    @speaks_temporal
    async def publish(self, ask: Publish) -> int:
        """Publish the newest recorded state; answers the version the CRM now shows."""
        crm = self._crms.get(ask.org)
        if crm is None:
            raise Permanent(ask.org, "publish", "this CRM org is not configured on this worker; see BACKHAUL_CRM")
        found = await self._returns.with_contact(ask.return_id)
        if found is None:
            raise Retryable(ask.org, "publish", f"{ask.return_id} is not recorded yet")
        snapshot, contact = found
        if not snapshot.currency:
            # Recorded while the shop was slow to tell the order: shown like this, the return would be a guest's.
            raise Retryable(ask.org, "publish", f"the order of {ask.return_id} is not recorded yet")
        try:
            published = await crm.publish(projection(snapshot, contact))
        except VendorError as error:
            await self._count(ask, error)
            raise
        ahead = published.version > snapshot.version
        stage = "" if ahead else str(snapshot.stage)
        await self._outbox.shown(ask.return_id, ask.org, max(published.version, snapshot.version), stage)
        crm_shown(ask.org, (datetime.now(UTC) - snapshot.changed_at).total_seconds())
        return max(published.version, snapshot.version)

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


def projection(snapshot: Snapshot, contact: Contact) -> Projection:
    """What a CRM shows of a snapshot."""
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
