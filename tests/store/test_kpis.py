"""Figures of the CRMs: error rates by cause, org and region, and what the data lack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from activities.crm import CrmActivities, Publish
from adapters.errors import Permanent
from domain.order import Contact
from domain.returns import CustomerStage, Reason, SnapshotLine, Stage
from store.port import Ended, Kpis, Outgoing, Stores, Wanted
from store.stores import open_backfills, open_kpis, open_visibility
from tests.doubles.world import FakeCrm, FakeWorld
from tests.store.samples import move

SF = Outgoing("crm:sf", "quoted")


@pytest.fixture
async def kpis(postgres_url: str) -> AsyncIterator[Kpis]:
    async with open_kpis(postgres_url) as opened:
        yield opened


async def test_a_failed_attempt_moves_the_error_rate_by_its_cause_and_region(stores: Stores, kpis: Kpis) -> None:
    for name, region in (("R-1-A", "DE"), ("R-2-B", "FR"), ("R-3-C", "")):
        await stores.returns.record(move(name, outgoing=(SF,), region=region, currency="EUR"))
        await stores.returns.save_contact(name, Contact("Anna", "anna@example.test", "801", None))
    world = FakeWorld()
    crm = CrmActivities({"sf": FakeCrm(world, "sf")}, stores.returns, stores.outbox, stores.links, stores.parties)
    world.fail("publish sf", Permanent("crm", "publish", "no such value", "INVALID_PICKLIST"), times=2)
    for _ in range(2):
        with pytest.raises(Exception, match="no such value"):
            await crm.publish(Publish("R-1-A", "sf"))
    for name in ("R-1-A", "R-2-B", "R-3-C"):
        await crm.publish(Publish(name, "sf"))
    whole, german, french = await kpis.attempts("sf", 30)
    assert (whole.region, whole.went, whole.failed, whole.error_rate) == ("", 3, 2, 0.4)
    assert (german.region, german.went, german.failed, german.causes) == ("DE", 1, 2, {"INVALID_PICKLIST": 2})
    assert (french.region, french.error_rate) == ("FR", 0.0)
    assert await kpis.attempts("elsewhere", 30) == ()


async def test_versions_told_at_once_are_one_attempt(stores: Stores, kpis: Kpis) -> None:
    for version in (1, 2, 3):
        await stores.returns.record(move(version=version, outgoing=(SF,)))
    await stores.outbox.shown("R-1-A", "sf", 3, "quoted")
    (whole,) = await kpis.attempts(None, 30)
    assert (whole.went, whole.failed) == (1, 0)


async def test_a_backfill_counts_what_went_and_what_did_not(stores: Stores, kpis: Kpis, postgres_url: str) -> None:
    for name in ("R-1-A", "R-2-B", "R-3-C"):
        await stores.returns.record(move(name, region="DE"))
    results = (Ended("R-1-A", 1, "quoted"), Ended("R-2-B", 1, cause="X", reason="no"), Ended("R-3-C", 1, "quoted"))
    async with open_backfills(postgres_url) as backfills, open_visibility(postgres_url) as seen:
        await backfills.begin("b", Wanted("sf"), 3)
        await backfills.ended("b", "", "R-3-C", results)
        found = await seen.coverage("sf", 30, 10)
    whole, german = await kpis.attempts(None, 30)
    assert (whole.went, whole.failed, german.region) == (2, 1, "DE")
    assert [(one.region, one.open, one.open_current) for one in found.regions] == [("DE", 3, 2)]
    assert found.orgs[0].latency is None, "when it was recorded says nothing about a backfill"


async def test_coverage_and_latency_are_told_by_region(stores: Stores, postgres_url: str) -> None:
    await stores.returns.record(move(outgoing=(SF,), region="DE"))
    await stores.returns.record(move("R-2-B", outgoing=(SF,), region="FR"))
    await stores.outbox.shown("R-2-B", "sf", 1, "quoted")
    async with open_visibility(postgres_url) as seen:
        found = await seen.coverage(None, 30, 10)
    assert [(one.region, one.open_current) for one in found.orgs] == [("", 1)]
    german, french = found.regions
    assert (german.region, german.open, german.open_current, german.latency) == ("DE", 1, 0, None)
    assert (french.region, french.open_current) == ("FR", 1)
    assert french.latency is not None


async def test_the_scorecard_tells_what_is_missing_malformed_twice_and_stale(stores: Stores, kpis: Kpis) -> None:
    line = SnapshotLine("70011", "MUG-01", "Mug", 1, Reason.DAMAGED)
    good: dict[str, Any] = {
        "region": "DE",
        "currency": "EUR",
        "customer_id": "801",
        "order_name": "#1",
        "lines": (line,),
    }
    await stores.returns.record(move(**good))
    await stores.returns.save_contact("R-1-A", Contact("Anna", "anna@example.test", "801", None))
    await stores.returns.record(move("R-2-B", region="Germany", customer_id="802"))
    await stores.returns.save_contact("R-2-B", Contact("", "Anna@example.test", "802", None))
    await stores.returns.record(move("R-3-C", **good))
    await stores.returns.save_contact("R-3-C", Contact("Bo", "not an address", "803", None))
    await stores.outbox.shown("R-1-A", "sf", 1, "quoted")
    await stores.returns.record(
        move("R-1-A", 2, stage=Stage.CREDITED, customer_stage=CustomerStage.FINANCIAL_POSTING, **good)
    )
    found = await kpis.quality(None, 3650)
    fields = {one.field: (one.every, one.filled, one.valid) for one in found.fields}
    assert fields["email"] == (3, 3, 2)
    assert fields["name"] == (3, 2, 2)
    assert fields["region"] == (3, 3, 2)
    assert fields["reason"] == (3, 2, 2)
    assert fields["currency"] == (3, 2, 2)
    assert found.duplicates == 1
    assert [(one.fields, one.behind) for one in found.staleness] == [("status", 1), ("amounts", 1)]
