"""Both adapters paid from real books against the sandbox: what reaches a CRM that is away, throttles or is used up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text

from adapters.crm.allowance import Leave, Unlimited
from adapters.crm.dynamics import DynamicsCrm
from adapters.crm.port import Crm, Projection, Published
from adapters.crm.salesforce import SalesforceCrm
from adapters.crm.spending import Priority, purpose, spending
from adapters.errors import Retryable
from domain.allowance import Family, Terms
from runtime.allowance import Metered
from store.engine import Database
from store.quota import PostgresQuota
from tests.adapters import test_crm_dynamics as dynamics
from tests.adapters import test_crm_salesforce as salesforce
from tests.adapters.crm import calls, forget_calls, projection
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

DAY, MINUTES = Terms(window=86_400, reserve=20), Terms(window=300, most=6000, reserve=20)
HOUR = 3600


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
def whole(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Afterwards nothing is broken and no limit is near."""
    sandbox.heal()
    yield sandbox
    sandbox.heal()
    sandbox.control.post("/salesforce/org", json={"daily_limit": 100_000}).raise_for_status()
    sandbox.control.post("/dynamics/environment", json={"requests_per_window": 6000}).raise_for_status()


@pytest.fixture
async def org(whole: Sandbox, database: Database, clock: Clock) -> AsyncIterator[SalesforceCrm]:
    crm = SalesforceCrm(salesforce.settings(whole), Metered("main", DAY, PostgresQuota(database), clock=clock))
    yield crm
    await crm.aclose()


@pytest.fixture
async def environment(whole: Sandbox, database: Database, clock: Clock) -> AsyncIterator[DynamicsCrm]:
    crm = DynamicsCrm(dynamics.settings(whole), Metered("field", MINUTES, PostgresQuota(database), clock=clock))
    yield crm
    await crm.aclose()


async def published(crm: Crm, wanted: list[Projection], purpose: Priority = Priority.LIVE) -> list[Any]:
    """What became of each, asked for at once."""
    with spending(purpose):
        return await asyncio.gather(*(crm.publish(one) for one in wanted), return_exceptions=True)


async def refusal(crm: Crm, wanted: Projection, purpose: Priority = Priority.LIVE) -> Retryable:
    (error,) = await published(crm, [wanted], purpose)
    assert isinstance(error, Retryable), error
    return error


async def later(database: Database, clock: Clock, seconds: float) -> None:
    """So many seconds pass for the breakers, in the books and here."""
    clock.now += seconds
    async with database.statement() as connection:
        passed = f"- interval '{seconds} s'"
        change = f"UPDATE crm_breakers SET opened_until = opened_until {passed}, probing_until = probing_until {passed}"
        await connection.execute(text(change))


async def test_an_hour_away_costs_a_few_probes_and_the_catch_up_a_few_calls_live_status_first(
    org: SalesforceCrm, whole: Sandbox, database: Database, clock: Clock
) -> None:
    bought = order(619001)
    whole.seed(bought)
    returns = [projection(f"R-619001-{n}", bought) for n in range(200)]
    assert all(isinstance(one, Published) for one in await published(org, returns))
    whole.fault("salesforce", "*", "down", times=None)
    forget_calls(whole)
    passed = 0.0
    newer = [replace(one, version=2, stage="closed") for one in returns]
    while passed < HOUR:
        # As the engine does: the first to be due asks again after the wait it was given.
        refused = await published(org, newer[:20])
        assert all(isinstance(one, Retryable) for one in refused)
        step = max(one.retry_after or 1.0 for one in refused)
        await later(database, clock, step)
        passed += step
        probes = len(calls(whole, "salesforce"))
    assert probes <= 25, "five failures, and a probe every ten minutes at last"
    whole.heal()
    forget_calls(whole)
    await later(database, clock, 600)
    (probe,) = await published(org, newer[:1])
    assert isinstance(probe, Published)
    assert probe.version == 2
    backlog = asyncio.create_task(published(org, [replace(one, version=3) for one in newer[100:]], Priority.BACKFILL))
    shown = await published(org, newer[1:])
    assert all(isinstance(one, Published) for one in shown)
    assert all(isinstance(one, Published) for one in await backlog)
    assert len(calls(whole, "salesforce")) <= 20


async def test_live_status_is_not_sent_behind_a_backfill_that_waits(org: SalesforceCrm, whole: Sandbox) -> None:
    """The backfill's call is under way, and slow: a publication does not stand in line with it."""
    bought = order(619002)
    whole.seed(bought)
    first, second = projection("R-619002-A", bought), projection("R-619002-B", bought)
    await published(org, [first, second])
    whole.fault("salesforce", "*", "slow", delay_ms=1500, contains="R-619002-A")
    backlog = asyncio.create_task(published(org, [replace(first, version=2)], Priority.BACKFILL))
    await published(org, [replace(second, version=2)])
    assert not backlog.done()
    await backlog


async def test_what_other_integrations_use_leaves_a_backfill_nothing_and_live_status_the_reserve(
    whole: Sandbox, database: Database
) -> None:
    careful = Metered("main", Terms(window=86_400, reserve=90), PostgresQuota(database))
    org = SalesforceCrm(salesforce.settings(whole), careful)
    bought = order(619003)
    whole.seed(bought)
    await published(org, [projection("R-619003-A", bought)])
    # Somebody else has used all but forty calls: the org's next answer says so.
    used = whole.control.get("/calls").json()["quota"]["salesforce"]["calls used"]
    whole.control.post("/salesforce/org", json={"daily_limit": int(used) + 40}).raise_for_status()
    await published(org, [projection("R-619003-A", bought, version=2)])
    forget_calls(whole)
    refused = await refusal(org, projection("R-619003-B", bought), Priority.BACKFILL)
    assert "kept for live status" in str(refused)
    assert calls(whole, "salesforce") == []
    (shown,) = await published(org, [projection("R-619003-B", bought)])
    assert isinstance(shown, Published)
    await org.aclose()


async def test_a_used_up_day_is_not_knocked_at(
    org: SalesforceCrm, whole: Sandbox, database: Database, clock: Clock
) -> None:
    bought = order(619004)
    whole.seed(bought)
    await published(org, [projection("R-619004-A", bought)])
    whole.control.post("/salesforce/org", json={"daily_limit": 1}).raise_for_status()
    await published(org, [projection("R-619004-A", bought, version=2)])
    forget_calls(whole)
    for version in range(3, 8):
        error = await refusal(org, projection("R-619004-A", bought, version=version))
        assert (error.retry_after or 0) > 2
    assert calls(whole, "salesforce") == []
    whole.control.post("/salesforce/org", json={"daily_limit": 100_000}).raise_for_status()
    await later(database, clock, 900)
    (shown,) = await published(org, [projection("R-619004-A", bought, version=8)])
    assert isinstance(shown, Published)


async def test_a_throttling_environment_is_left_alone_until_it_said(environment: DynamicsCrm, whole: Sandbox) -> None:
    """Pushed, it would ask for more time with every call."""
    bought = order(619005)
    whole.seed(bought)
    await published(environment, [projection("R-619005-A", bought)])
    whole.control.post("/dynamics/environment", json={"requests_per_window": 1}).raise_for_status()
    forget_calls(whole)
    first = await refusal(environment, projection("R-619005-A", bought, version=2))
    for version in range(3, 8):
        again = await refusal(environment, projection("R-619005-A", bought, version=version))
        assert "service protection" in str(again)
        assert (again.retry_after or 0) <= 66
    assert len(calls(whole, "dynamics")) == 1
    assert (first.retry_after or 0) > 60


class Recording(Unlimited):
    """What was paid for."""

    def __init__(self) -> None:
        self.paid: list[tuple[str, Family, Priority]] = []

    async def take(self, call: str, family: Family) -> Leave:
        self.paid.append((call, family, purpose()))
        return await super().take(call, family)


async def test_every_call_is_paid_once_by_its_family_and_its_purpose(whole: Sandbox) -> None:
    bought = order(619006)
    whole.seed(bought)
    for vendor, made in (
        ("salesforce", lambda paid: SalesforceCrm(salesforce.settings(whole), paid)),
        ("dynamics", lambda paid: DynamicsCrm(dynamics.settings(whole), paid)),
    ):
        allowance = Recording()
        crm = made(allowance)
        forget_calls(whole)
        await published(crm, [projection(f"R-619006-{vendor}", bought)])
        await published(crm, [projection(f"R-619006-{vendor}", bought, version=2)], Priority.INBOUND)
        assert len(allowance.paid) == len([call for call in calls(whole, vendor) if call != "DISCOVERY"])
        families = {(family, why) for _, family, why in allowance.paid}
        assert {
            (Family.READ, Priority.LIVE),
            (Family.WRITE, Priority.LIVE),
            (Family.WRITE, Priority.INBOUND),
        } <= families
        assert (Family.READ, Priority.INBOUND) not in families
        await crm.aclose()
