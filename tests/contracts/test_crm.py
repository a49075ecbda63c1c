"""What every CRM promises: the double of the workflow tests is held to the same as Salesforce and Dynamics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any, Protocol

import pytest

from adapters.crm.dynamics import DynamicsCrm, DynamicsSettings
from adapters.crm.port import Crm
from adapters.crm.salesforce import SalesforceCrm, SalesforceSettings
from tests.adapters.crm import projection
from tests.doubles.world import FakeCrm, FakeWorld
from tests.stack.orders import order
from tests.stack.sandbox import Sandbox

ORDERS = count(8_830_001)


class Org(Protocol):
    """A CRM that knows the customer and the order of `bought`."""

    door: Crm
    bought: dict[str, Any]

    def shown(self, return_id: str) -> list[tuple[int, str]]:
        """(version, stage) of every record the CRM has under this return id."""
        ...


class Remembered:
    def __init__(self) -> None:
        self.world = FakeWorld()
        self.door: Crm = FakeCrm(self.world)
        self.bought = order(next(ORDERS))

    def shown(self, return_id: str) -> list[tuple[int, str]]:
        found = [self.world.crm[return_id]] if return_id in self.world.crm else []
        return [(one.version, one.stage) for one in found]


class OnSalesforce:
    def __init__(self, sandbox: Sandbox) -> None:
        known = sandbox.credentials["salesforce"]
        self.adapter = SalesforceCrm(
            SalesforceSettings(
                url=sandbox.url("salesforce"), client_id=known["consumer_key"], username=known["username"],
                private_key=known["private_key_pem"], ca_file=str(sandbox.ca_file),
            )
        )  # fmt: skip
        self.door: Crm = self.adapter
        self.sandbox = sandbox
        self.bought = order(next(ORDERS))
        sandbox.seed(self.bought)

    def shown(self, return_id: str) -> list[tuple[int, str]]:
        rows = self.sandbox.books("salesforce")["ReturnOrder"]
        mine = (row for row in rows if row["Returns_Ref__c"] == return_id)
        return [(int(row["Return_Version__c"]), row["Return_Stage__c"]) for row in mine]


class OnDynamics:
    def __init__(self, sandbox: Sandbox) -> None:
        known = sandbox.credentials["dynamics"]
        self.adapter = DynamicsCrm(
            DynamicsSettings(
                url=sandbox.url("dynamics"), authority=sandbox.url("dynamics"), tenant=known["tenant"],
                client_id=known["client_id"], client_secret=known["client_secret"], ca_file=str(sandbox.ca_file),
            )
        )  # fmt: skip
        self.door: Crm = self.adapter
        self.sandbox = sandbox
        self.bought = order(next(ORDERS))
        sandbox.seed(self.bought)

    def shown(self, return_id: str) -> list[tuple[int, str]]:
        rows = self.sandbox.books("dynamics")["msdyn_rmas"]
        mine = (row for row in rows if row["bh_returnref"] == return_id)
        return [(int(row["bh_version"]), row["bh_stage"]) for row in mine]


@pytest.fixture(params=["double", "salesforce", "dynamics"])
async def org(request: pytest.FixtureRequest) -> AsyncIterator[Org]:
    if request.param == "double":
        yield Remembered()
        return
    made = OnSalesforce if request.param == "salesforce" else OnDynamics
    real = made(request.getfixturevalue("sandbox"))
    yield real
    await real.adapter.aclose()


@pytest.fixture
def return_id(org: Org) -> str:
    return f"R-{org.bought['order_id']}-A"


async def test_a_return_is_shown_once_however_often_it_is_published(org: Org, return_id: str) -> None:
    first = await org.door.publish(projection(return_id, org.bought, 3))
    assert await org.door.publish(projection(return_id, org.bought, 3)) == first
    assert first.record
    assert first.version == 3
    assert org.shown(return_id) == [(3, "awaiting_goods")]


async def test_the_newer_state_replaces_the_older_in_the_same_record(org: Org, return_id: str) -> None:
    first = await org.door.publish(projection(return_id, org.bought, 3))
    later = await org.door.publish(projection(return_id, org.bought, 5, stage="inspected"))
    assert (later.record, later.version) == (first.record, 5)
    assert org.shown(return_id) == [(5, "inspected")]


async def test_an_older_state_never_comes_back_and_the_newer_is_answered(org: Org, return_id: str) -> None:
    newest = await org.door.publish(projection(return_id, org.bought, 5, stage="inspected"))
    answer = await org.door.publish(projection(return_id, org.bought, 4))
    assert (answer.record, answer.version) == (newest.record, 5)
    assert org.shown(return_id) == [(5, "inspected")]


async def test_all_at_once_the_newest_wins(org: Org, return_id: str) -> None:
    states = [projection(return_id, org.bought, version, stage=f"stage_{version}") for version in (2, 6, 1, 5, 3, 4)]
    answers = await asyncio.gather(*(org.door.publish(state) for state in states))
    assert org.shown(return_id) == [(6, "stage_6")]
    assert len({answer.record for answer in answers}) == 1
    assert all(answer.version >= state.version for answer, state in zip(answers, states, strict=True))


async def test_returns_of_one_order_are_records_of_their_own(org: Org, return_id: str) -> None:
    first = await org.door.publish(projection(return_id, org.bought, 1))
    other = await org.door.publish(projection(f"{return_id}-2", org.bought, 1))
    assert first.record != other.record
    assert org.shown(return_id) == org.shown(f"{return_id}-2") == [(1, "awaiting_goods")]
