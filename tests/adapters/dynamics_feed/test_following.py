"""Whoever follows the feed holds what the environment holds, whatever happens there."""

from __future__ import annotations

from random import Random

import httpx
import pytest

from adapters.crm.dynamics import DynamicsFeed
from adapters.crm.port import ChangeKind
from tests.adapters.dynamics_feed.case import (
    CONTACTS,
    changed,
    gone,
    made,
    merged,
    told,
)
from tests.adapters.test_crm_dynamics import settings
from tests.stack.sandbox import Sandbox


class Follower:
    """Holds of the contacts what the feed has told: their fields, or where they were merged into."""

    def __init__(self, feed: DynamicsFeed, cursor: str) -> None:
        self._feed, self._cursor = feed, cursor
        self.holds: dict[str, object] = {}

    async def follow(self) -> None:
        found, self._cursor = await told(self._feed, CONTACTS, self._cursor)
        for each in found:
            if each.kind is ChangeKind.DELETED:
                self.holds.pop(each.record, None)
            elif each.kind is ChangeKind.GAP:
                for row in await self._feed.rows(CONTACTS, (each.record,)):
                    self.holds[row.record] = row.merged_into or row.fields
            else:
                self.holds[each.record] = each.merged_into or each.fields


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_follows_the_feed_holds_what_the_environment_holds(
    sandbox: Sandbox, people: httpx.Client, seed: int
) -> None:
    chance = Random(seed)
    small = DynamicsFeed(settings(sandbox), page=3)
    begun = DynamicsFeed(settings(sandbox))
    follower = Follower(small, await begun.begin(CONTACTS))
    known: set[str] = set()
    living: set[str] = set()
    dead: set[str] = set()
    for step in range(60):
        match chance.choices(("make", "change", "delete", "restore", "merge", "look"), (5, 5, 3, 2, 2, 2))[0]:
            case "make":
                living.add(made(people, "contacts", lastname=f"Step {step}"))
            case "change" if living:
                changed(people, f"contacts({chance.choice(sorted(living))})", lastname=f"Step {step}")
            case "delete" if living:
                gone(people, f"contacts({(one := chance.choice(sorted(living)))})")
                living.discard(one)
                dead.add(one)
            case "restore" if dead:
                changed(people, f"contacts({(one := chance.choice(sorted(dead)))})", lastname=f"Step {step}")
                dead.discard(one)
                living.add(one)
            case "merge" if len(living) > 1:
                loser, winner = chance.sample(sorted(living), 2)
                merged(people, "contact", loser, winner)
                living.discard(loser)
            case "look":
                await follower.follow()
        known |= living
    await follower.follow()

    stand = await begun.rows(CONTACTS, tuple(known))
    await small.aclose()
    await begun.aclose()
    assert len(living) < len(stand) < len(known)
    assert follower.holds == {row.record: row.merged_into or row.fields for row in stand}
