"""Vendors that say "not now" all through a return, each in its own way: it takes longer, and nothing else changes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from domain.inventory import Disposition
from domain.returns import Snapshot, Stage
from stories.play import Theatre
from tests.journeys import footprint, writes
from tests.journeys.footprint import Books
from tests.journeys.journey import Journey, Mark
from tests.journeys.shapes import PLAIN
from tests.journeys.writes import EVERYBODY
from tests.stack.installation import Installation

pytestmark = pytest.mark.timeout(300)
VENDORS = ("shopify", "netsuite", "salesforce", "dynamics")
# NetSuite's and Salesforce's refusals do not say how long to wait.
SAY_HOW_LONG = ("shopify", "dynamics")
WAIT = 1.0
CROWD = 4
ONE_AT_A_TIME = {"latency_ms": 100, "limit": 1}


@dataclass
class Throttled:
    """A return at which `vendor` refuses each of `operations` once; `refusing` are the ids of the plans by which."""

    journey: Journey
    vendor: str = ""
    operations: tuple[str, ...] = ()
    refusing: set[str] = field(default_factory=set)
    marking: set[str] = field(default_factory=set)
    snapshot: Snapshot | None = None

    async def learned(self, mark: Mark, text: str) -> None:
        theatre = self.journey.theatre
        for operation in self.operations:
            wish = {"vendor": self.vendor, "operation": operation, "contains": text}
            self.refusing.add(await writes.planned(theatre, wish | {"kind": "throttle", "retry_after": WAIT}))
        for vendor in (self.vendor,) if self.vendor else EVERYBODY:
            self.marking.add(await writes.mark_calls(theatre, vendor, "*", text))


@dataclass
class Played:
    """How the returns of this file ended, and what the vendors' log says of them."""

    undisturbed: Throttled
    operations: dict[str, tuple[str, ...]]
    refused: dict[str, Throttled] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    crowd: list[Throttled] = field(default_factory=list)
    crowded: list[dict[str, Any]] = field(default_factory=list)
    paid_unseen: Snapshot | None = None
    unseen: Throttled | None = None
    books: Books = field(default_factory=lambda: Books({}, []))

    def left(self, of: Throttled) -> list[str]:
        assert of.snapshot is not None
        return self.books.footprint(of.journey.basket, of.snapshot)


@pytest.fixture(scope="module")
def played(installation: Installation) -> Played:
    async def play() -> Played:
        async with installation.theatre() as theatre:
            try:
                return await _play(theatre)
            finally:
                await theatre.control.delete("/faults")

    return asyncio.run(play())


async def _play(theatre: Theatre) -> Played:
    first = int(time.time() * 10) * 1000
    (await theatre.control.delete("/calls")).raise_for_status()
    undisturbed = Throttled(Journey(theatre, PLAIN.basket(first)))
    await _walk(undisturbed)
    named = [call for call in await writes.calls(theatre) if call["plan"] in undisturbed.marking]
    operations = {
        vendor: tuple(sorted({call["operation"] for call in named if call["vendor"] == vendor})) for vendor in VENDORS
    }
    played = Played(undisturbed, operations)
    for place, vendor in enumerate(VENDORS, start=1):
        journey = Journey(theatre, PLAIN.basket(first + place))
        played.refused[vendor] = Throttled(journey, vendor, operations[vendor])
    await asyncio.gather(*(_walk(one) for one in played.refused.values()))
    played.log = await writes.calls(theatre)
    await _crowd(theatre, played, first + 10)
    await _without_crms(theatre, played, first + 20)
    played.books = await footprint.books(theatre)
    return played


async def _crowd(theatre: Theatre, played: Played, number: int) -> None:
    """Several returns at once, and an ERP that takes one request at a time."""
    (await theatre.control.delete("/calls")).raise_for_status()
    played.crowd = [Throttled(Journey(theatre, PLAIN.basket(number + place))) for place in range(CROWD)]
    await _set(theatre, "/netsuite/pace", ONE_AT_A_TIME)
    try:
        await asyncio.gather(*(_walk(one) for one in played.crowd))
    finally:
        await _set(theatre, "/netsuite/pace", {})
    played.crowded = await writes.calls(theatre)


async def _without_crms(theatre: Theatre, played: Played, number: int) -> None:
    """Salesforce has no calls left for today and Dynamics refuses, until the return is closed."""
    played.unseen = one = Throttled(Journey(theatre, PLAIN.basket(number)))
    journey = one.journey
    limit = (await theatre.control.get("/salesforce/org")).json()["daily_limit"]
    refusing = {"vendor": "dynamics", "operation": "*", "kind": "throttle", "times": None, "retry_after": WAIT}
    await writes.planned(theatre, refusing | {"contains": str(number)})
    await _set(theatre, "/salesforce/org", {"daily_limit": 1})
    try:
        telling = await journey.ask((2, 1))
        await telling.confirm()
        await telling.receive((2, 1))
        await telling.judge(2, 1, Disposition.RESTOCK)
        await telling.at(Stage.CLOSED)
        played.paid_unseen = await theatre.returns.live(journey.return_id)
    finally:
        await _set(theatre, "/salesforce/org", {"daily_limit": limit})
        await theatre.control.delete("/faults", params={"contains": str(number)})
    one.snapshot = await journey.over()


async def _walk(one: Throttled) -> None:
    one.journey.learned = one.learned
    await PLAIN.walk(one.journey)
    one.snapshot = await one.journey.over()


async def _set(theatre: Theatre, path: str, wish: dict[str, Any]) -> None:
    (await theatre.control.post(path, json=wish)).raise_for_status()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_that_refuses_every_step_once_only_takes_longer(played: Played, vendor: str) -> None:
    one = played.refused[vendor]
    refused = {call["operation"] for call in played.log if call["plan"] in one.refusing}
    assert refused
    assert refused == set(played.operations[vendor])
    assert played.left(one) == played.left(played.undisturbed)


@pytest.mark.parametrize("vendor", SAY_HOW_LONG)
def test_the_wait_a_vendor_names_is_kept(played: Played, vendor: str) -> None:
    one = played.refused[vendor]
    calls = [call for call in played.log if call["plan"] in one.refusing | one.marking]
    for place, call in enumerate(calls):
        if call["plan"] in one.refusing:
            again = next(later for later in calls[place + 1 :] if later["operation"] == call["operation"])
            waited = datetime.fromisoformat(again["at"]) - datetime.fromisoformat(call["at"])
            # The log keeps milliseconds.
            assert waited.total_seconds() > WAIT - 0.01


def test_an_erp_that_takes_one_request_at_a_time_only_takes_longer(played: Played) -> None:
    assert [call for call in played.crowded if call["vendor"] == "netsuite" and call["status"] == 429]
    expected = played.left(played.undisturbed)
    assert [one.journey.return_id for one in played.crowd if played.left(one) != expected] == []


def test_crms_that_refuse_all_along_delay_no_money_and_catch_up(played: Played) -> None:
    closed, one = played.paid_unseen, played.unseen
    assert closed is not None
    assert one is not None
    assert closed.matched
    assert [state.published for state in closed.crm if state.published] == []
    assert played.left(one) == played.left(played.undisturbed)
