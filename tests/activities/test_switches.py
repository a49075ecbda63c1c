"""A region or an object that is switched off: nothing is written to the CRM, and nothing is said to be shown."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import pytest
from temporalio.testing import ActivityEnvironment

from activities.crm import CrmActivities, Publish
from activities.publishing import Basis
from adapters.crm.port import Projection
from domain.mapping import Matrix, Mode, ObjectRules
from domain.returns import CrmState
from security.sealing import Seal
from store.port import Move, Outgoing
from store.stores import open_all, open_visibility
from tests.activities.test_projection import ANNA, SNAPSHOT
from tests.doubles.world import FakeCrm, FakeWorld

IN_GERMANY = replace(SNAPSHOT, region="DE")


def matrix(mode: Mode, **regions: Mode) -> Matrix:
    return Matrix("main", "1", (ObjectRules("return", "Case", "Key__c", (), mode),), regions)


@dataclass(frozen=True)
class Seen:
    """What the CRM got, what is said of it, and how many open returns it is known to show."""

    crm: dict[str, Projection]
    answered: int
    states: tuple[CrmState, ...]
    covered: int
    untold: int


async def published(url: str, rules: Matrix) -> Seen:
    world = FakeWorld()
    async with open_all(url, connections=1) as (stores, kept):
        await stores.returns.record(Move(IN_GERMANY, (), (Outgoing("crm:main", IN_GERMANY.stage),)))
        await stores.returns.save_contact(IN_GERMANY.return_id, ANNA)
        doors = (stores.returns, stores.outbox, stores.links, stores.parties)
        basis = Basis(rules, kept.agreements, Seal(None))
        activities = CrmActivities({"main": FakeCrm(world)}, *doors, {"main": basis})
        await stores.outbox.park(IN_GERMANY.return_id, "crm:main", "it was away")
        answered = await ActivityEnvironment().run(activities.publish, Publish(IN_GERMANY.return_id, "main"))
        states = await stores.outbox.crm_states(IN_GERMANY.return_id)
    async with open_visibility(url) as visibility:
        assert (await visibility.letters("main")) == ()
        coverage = await visibility.coverage("main", 30, 10)
        assert coverage.lagging == ()
    return Seen(world.crm, answered, states, sum(org.open_current for org in coverage.orgs), coverage.untold)


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.PULL_ONLY, Mode.SHADOW])
async def test_a_region_that_is_switched_off_is_neither_written_nor_counted_as_shown(
    postgres_url: str, mode: Mode
) -> None:
    seen = await published(postgres_url, matrix(Mode.LIVE, DE=mode))

    assert seen == Seen({}, answered=0, states=(), covered=0, untold=1)


async def test_another_regions_switch_is_not_ones_own(postgres_url: str) -> None:
    seen = await published(postgres_url, matrix(Mode.PUSH_ONLY, FR=Mode.OFF))

    assert seen.crm[IN_GERMANY.return_id].region == "DE"
    assert (seen.answered, seen.covered, seen.untold) == (IN_GERMANY.version, 1, 0)


async def test_shadow_says_what_it_would_have_written(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="temporalio.activity"):
        await published(postgres_url, matrix(Mode.SHADOW))

    [said] = [each.getMessage() for each in caplog.records if "shadow" in each.getMessage()]
    assert f"would write 2 fields of {IN_GERMANY.return_id} version {IN_GERMANY.version}" in said
