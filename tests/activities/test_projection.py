"""What a CRM is shown of a return are the snapshot's own words and numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities import crm
from activities.crm import CrmActivities, Publish, projection
from adapters.crm.port import Answer, Crm
from domain.inventory import Disposition
from domain.money import Money
from domain.order import Contact
from domain.refund import Payout, Quote, TenderPayout
from domain.returns import CustomerStage, Hold, Owner, Reason, Snapshot, SnapshotLine, Stage
from domain.units import Acceptance, Lot, Reception
from store.port import Move
from tests.doubles.stores import memory_stores
from tests.doubles.world import FakeCrm, FakeWorld
from tests.store.samples import requested

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANNA = Contact("Anna Vogel", "anna@example.test", "801", "Vogel GmbH")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


QUOTE = Quote(1, "rma-1", "RMA1", (), eur(1190), NOW, NOW + timedelta(days=7), "0" * 32, "inv-1")
LOTS = (
    Lot("70011", 1, Reception.RECEIVED, Acceptance.ACCEPTED, Disposition.RESTOCK),
    Lot("70011", 1, Reception.RECEIVED, Acceptance.REJECTED, Disposition.SCRAP, 0),
    Lot("70011", 1, Reception.AWAITING),
    Lot("70012", 2, Reception.MISSING, Acceptance.REJECTED, Disposition.MISSING, 0),
)
SNAPSHOT = Snapshot(
    "R-5001-9F2C41AB", "5001", 7, Stage.PENDING_INSPECTION, CustomerStage.INSPECTION, NOW, NOW - timedelta(days=2),
    order_name="#5001", customer_id="801", currency="EUR", quote=QUOTE, lots=LOTS,
    lines=(
        SnapshotLine("70011", "MUG-01", "Mug", 3, Reason.STYLE),
        SnapshotLine("70012", "POT-01", "Pot", 2, Reason.DAMAGED),
    ),
    waiting_for="the rest of the goods", next_deadline=NOW + timedelta(days=3),
)  # fmt: skip


def test_an_org_is_shown_the_answer_to_its_own_newest_request_else_to_anybody_s() -> None:
    mine, theirs = requested("q1"), replace(requested("q2"), request=replace(requested("q2").request, source="cli"))
    asked = replace(SNAPSHOT, region="DE", changes=(mine, theirs))
    for org, name in (("sf", "q1"), ("dyn", "q2")):
        shown = projection(asked, ANNA, org)
        assert shown.answer == Answer(name, "pending", "finance decides")
        assert shown.region == "DE"
    assert projection(SNAPSHOT, ANNA, "sf").answer is None


def test_a_crm_sees_every_axis_of_every_line() -> None:
    shown = projection(SNAPSHOT, ANNA)
    assert [(line.key, line.requested, line.received, line.accepted, line.rejected) for line in shown.lines] == [
        ("R-5001-9F2C41AB:70011", 3, 2, 1, 1),
        ("R-5001-9F2C41AB:70012", 2, 0, 0, 2),
    ]
    assert (shown.version, shown.stage, shown.customer_stage) == (7, "pending_inspection", "inspection")
    assert (shown.contact_name, shown.contact_email, shown.company) == ("Anna Vogel", "anna@example.test", "Vogel GmbH")
    assert (shown.quoted, shown.credited, shown.paid, shown.hold) == (eur(1190), None, None, None)
    assert (shown.reason, shown.next_step, shown.changed_at) == ("style", "the rest of the goods", NOW)


def test_a_crm_sees_the_three_numbers_and_the_first_hold() -> None:
    holds = tuple(Hold(f"H{n}", reason, Owner.FINANCE, "", (), NOW) for n, reason in enumerate(("first", "second")))
    payout = Payout("refund-1", (TenderPayout("t1", "card", eur(1190)),), eur(0), NOW)
    shown = projection(replace(SNAPSHOT, credited=eur(1190), payout=payout, holds=holds), ANNA)
    assert shown.quoted == shown.credited == shown.paid == eur(1190)
    assert shown.hold == "first"


def test_a_return_that_is_not_loaded_yet_can_be_shown() -> None:
    bare = Snapshot("R-1-A", "1", 1, Stage.REQUESTED, CustomerStage.CONFIRMATION, NOW, NOW)
    shown = projection(bare, ANNA)
    assert (shown.lines, shown.reason, shown.quoted) == ((), "", None)


async def test_a_crm_nobody_configured_is_permanent_and_an_unrecorded_return_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lags: list[tuple[str, float]] = []
    monkeypatch.setattr(crm, "crm_shown", lambda org, seconds: lags.append((org, seconds)))
    world, stores = FakeWorld(), memory_stores()
    crms: dict[str, Crm] = {"main": FakeCrm(world)}
    publish = CrmActivities(crms, stores.returns, stores.outbox, stores.links, stores.parties).publish
    with pytest.raises(ApplicationError, match="not configured") as caught:
        await publish(Publish(SNAPSHOT.return_id, "other"))
    assert caught.value.non_retryable
    with pytest.raises(ApplicationError, match="is not recorded yet") as caught:
        await publish(Publish(SNAPSHOT.return_id, "main"))
    assert not caught.value.non_retryable
    await stores.returns.record(Move(SNAPSHOT, ()))
    await stores.returns.save_contact(SNAPSHOT.return_id, ANNA)
    assert await publish(Publish(SNAPSHOT.return_id, "main")) == SNAPSHOT.version
    assert world.crm[SNAPSHOT.return_id] == projection(SNAPSHOT, ANNA)
    ((org, seconds),) = lags
    assert org == "main"
    assert seconds == pytest.approx((datetime.now(UTC) - SNAPSHOT.changed_at).total_seconds(), abs=5)
