"""A field is gone in both CRMs: returns become dead letters, and are all shown by one replay once it is back."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import pytest

from domain.inventory import Disposition
from domain.returns import Stage
from runtime import wiring
from runtime.visibility import Outcome, Told
from store.port import Coverage, CrmLetter
from stories.baskets import household
from stories.play import Theatre
from tests.journeys.journey import Journey
from tests.stack.installation import Installation

SALESFORCE = {"tailoring": {"ReturnOrder": {"fields": {"Hold_Reason__c": {"remove": True}}}}}
DYNAMICS = {"table": "msdyn_rma", "column": "bh_hold", "remove": True}


@dataclass
class Played:
    """One return that is over and one that waits for goods, both unseen by either CRM."""

    over: str
    open: str
    versions: dict[str, int]
    dead: tuple[CrmLetter, ...]
    behind: Coverage
    still_broken: tuple[Told, ...]
    replayed: tuple[Told, ...]
    left: tuple[CrmLetter, ...]
    covered: Coverage
    again: tuple[Told, ...]
    salesforce: dict[str, Any]
    dynamics: dict[str, Any]

    @property
    def mine(self) -> tuple[str, str]:
        return (self.over, self.open)


@pytest.fixture(scope="module")
def played(installation: Installation) -> Played:
    async def play() -> Played:
        async with installation.theatre() as theatre:
            try:
                return await _play(theatre, installation)
            finally:
                await _mend(theatre)

    return asyncio.run(play())


async def _play(theatre: Theatre, installation: Installation) -> Played:
    (await theatre.control.post("/salesforce/org", json=SALESFORCE)).raise_for_status()
    (await theatre.control.post("/dynamics/tailoring", json=DYNAMICS)).raise_for_status()
    first = int(time.time() * 10) * 1000
    over, waiting = Journey(theatre, household(first)), Journey(theatre, household(first + 1))
    telling = await over.ask((2, 1))
    await telling.confirm()
    await telling.receive((2, 1))
    await telling.judge(2, 1, Disposition.RESTOCK)
    await over.ends(telling, Stage.CLOSED)
    asked = await waiting.ask((2, 1))
    await asked.confirm()
    mine = (over.return_id, waiting.return_id)
    settings = installation.settings
    async with wiring.sight(settings) as sight, wiring.replaying(settings, theatre.client) as replaying:

        async def parked() -> tuple[CrmLetter, ...] | None:
            found = await sight.letters(return_ids=mine)
            newest = {one: (await theatre.returns.snapshot(one)).stage for one in mine}
            return found if len(found) == 4 and all(one.stage == newest[one.return_id] for one in found) else None

        dead: tuple[CrmLetter, ...] = await waiting.scene.until(parked, "four dead letters")
        behind = await sight.coverage(None, 30, 10_000)
        still_broken = await replaying.some(mine, None, 20)
        await _mend(theatre)
        replayed = await replaying.some(mine, None, 60)
        return Played(
            over.return_id,
            waiting.return_id,
            {one: (await theatre.returns.snapshot(one)).version for one in mine},
            dead,
            behind,
            still_broken,
            replayed,
            await sight.letters(return_ids=mine),
            await sight.coverage(None, 30, 10_000),
            await replaying.some(mine, None, 60),
            await over.scene.books("salesforce"),
            await over.scene.books("dynamics"),
        )


async def _mend(theatre: Theatre) -> None:
    (await theatre.control.post("/salesforce/org", json={"tailoring": {}})).raise_for_status()
    (await theatre.control.delete("/dynamics/tailoring")).raise_for_status()


def test_a_missing_field_is_a_dead_letter_in_each_crm_that_names_it(played: Played) -> None:
    orgs = ("salesforce", "dynamics")
    assert {(one.return_id, one.org) for one in played.dead} == {(one, org) for one in played.mine for org in orgs}
    assert all("hold" in one.reason.lower() for one in played.dead), [one.reason for one in played.dead]
    lagging = {(one.return_id, one.shown) for one in played.behind.lagging if one.return_id in played.mine}
    assert lagging == {(one, 0) for one in played.mine}


def test_a_replay_before_the_fix_fails_and_loses_nothing(played: Played) -> None:
    assert [one.outcome for one in played.still_broken] == [Outcome.FAILED] * 4
    assert all("hold" in one.detail.lower() for one in played.still_broken)


def test_after_the_fix_one_replay_shows_all_and_coverage_is_whole(played: Played) -> None:
    assert [one.outcome for one in played.replayed] == [Outcome.SHOWN] * 4
    assert all(one.version == played.versions[one.return_id] for one in played.replayed)
    assert played.left == ()
    assert [one for one in played.covered.lagging if one.return_id in played.mine] == []
    assert {one.outcome for one in played.again} == {Outcome.NOT_OWED}


def test_both_crms_show_each_return_once_at_its_stage(played: Played) -> None:
    for return_id, stage in ((played.over, "closed"), (played.open, "awaiting_goods")):
        orders = [row for row in played.salesforce["ReturnOrder"] if return_id in row.values()]
        rmas = [row for row in played.dynamics["msdyn_rmas"] if return_id in row.values()]
        assert [stage in row.values() for row in (*orders, *rmas)] == [True, True], (orders, rmas)
