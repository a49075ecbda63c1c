"""A region or an object that is switched off: nothing is written to the CRM, and nothing is said to be shown."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from temporalio.testing import ActivityEnvironment

from activities.crm import CrmActivities, Publish
from domain.mapping import Matrix, Mode, ObjectRules
from store.port import Move, Outgoing
from store.stores import open_stores, open_visibility
from tests.activities.test_projection_and_wording import ANNA, SNAPSHOT
from tests.doubles.world import FakeCrm, FakeWorld

IN_GERMANY = replace(SNAPSHOT, region="DE")


def matrix(mode: Mode, **regions: Mode) -> Matrix:
    return Matrix("main", "1", (ObjectRules("return", "Case", "Key__c", (), mode),), regions)


async def published(url: str, rules: Matrix) -> tuple[FakeWorld, int, int]:
    """(what the CRM got, how many open returns it should show, how many it is said to show)."""
    world = FakeWorld()
    async with open_stores(url, connections=1) as stores:
        await stores.returns.record(Move(IN_GERMANY, (), (Outgoing("crm:main", IN_GERMANY.stage),)))
        await stores.returns.save_contact(IN_GERMANY.return_id, ANNA)
        activities = CrmActivities({"main": FakeCrm(world)}, stores.returns, stores.outbox, {"main": rules})
        version = await ActivityEnvironment().run(activities.publish, Publish(IN_GERMANY.return_id, "main"))
        assert version == IN_GERMANY.version
    async with open_visibility(url) as visibility:
        [org] = (await visibility.coverage("main", 30, 10)).orgs
        assert (await visibility.letters("main")) == ()
    return world, org.open, org.open_current


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.PULL_ONLY, Mode.SHADOW])
async def test_a_region_that_is_switched_off_is_neither_written_nor_counted_as_shown(
    postgres_url: str, mode: Mode
) -> None:
    world, wanted, shown = await published(postgres_url, matrix(Mode.LIVE, DE=mode))

    assert (world.crm, wanted, shown) == ({}, 1, 0)


async def test_another_regions_switch_is_not_ones_own(postgres_url: str) -> None:
    world, wanted, shown = await published(postgres_url, matrix(Mode.PUSH_ONLY, FR=Mode.OFF))

    assert (world.crm[IN_GERMANY.return_id].region, wanted, shown) == ("DE", 1, 1)


async def test_shadow_says_what_it_would_have_written(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="temporalio.activity"):
        await published(postgres_url, matrix(Mode.SHADOW))

    [said] = [each.getMessage() for each in caplog.records if "shadow" in each.getMessage()]
    assert f"would write 2 fields of {IN_GERMANY.return_id} version {IN_GERMANY.version}" in said
