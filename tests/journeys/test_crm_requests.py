"""Agents ask for changes in both CRMs: each reaches its return once, is answered, and both CRMs show the outcome."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import pytest

from domain.change_request import RequestKind, RequestStatus
from runtime import wiring
from runtime.settings import Settings
from store.port import Conflict
from stories.baskets import household
from stories.play import Theatre
from tests.journeys.journey import Journey
from tests.stack.installation import Installation


@dataclass
class Played:
    return_id: str
    asked: list[tuple[str, str, str]]
    conflicts: tuple[Conflict, ...]
    salesforce: dict[str, Any]
    dynamics: dict[str, Any]


@pytest.fixture(scope="module")
def played(installation: Installation) -> Played:
    async def play() -> Played:
        async with installation.theatre() as theatre:
            return await _play(theatre, installation.settings)

    return asyncio.run(play())


async def _play(theatre: Theatre, settings: Settings) -> Played:
    journey = Journey(theatre, household(int(time.time() * 10) * 1000 + 500))
    await journey.ask((2, 1))
    scene, return_id = journey.scene, journey.return_id

    async def rows() -> tuple[dict[str, Any], dict[str, Any]] | None:
        orders = [row for row in (await scene.books("salesforce"))["ReturnOrder"] if return_id in row.values()]
        rmas = [row for row in (await scene.books("dynamics"))["msdyn_rmas"] if return_id in row.values()]
        return (orders[0], rmas[0]) if orders and rmas else None

    order, rma = await scene.until(rows, "the return in both CRMs")
    async with theatre.office.staff() as staff:
        path = f"data/v67.0/sobjects/ReturnOrder/{order['Id']}"
        (await staff.salesforce.patch(path, json={"Return_Reason__c": "defective"})).raise_for_status()

        async def answered(many: int) -> list[tuple[str, str, str]] | None:
            told = [one for one in await theatre.returns.changes(return_id) if not one.pending]
            found = [(str(one.request.source), str(one.request.kind), str(one.answered.status)) for one in told]
            return found if len(found) == many else None

        await scene.until(lambda: answered(1), "the answer to the reason asked for in Salesforce")
        place = f"msdyn_rmas({rma['msdyn_rmaid']})"
        (await staff.dynamics.patch(place, json={"bh_notetoreturns": "please call first"})).raise_for_status()
        asked = await scene.until(lambda: answered(2), "the answer to the note left in Dynamics")

    async def both() -> tuple[dict[str, Any], dict[str, Any]] | None:
        now = await rows()
        return now if now and "defective" in now[0].values() and "defective" in now[1].values() else None

    shown = await scene.until(both, "the new reason in both CRMs")
    async with wiring.edits(settings) as edits:
        return Played(return_id, asked, await edits.conflicts(None, return_id, 10), *shown)


def test_what_is_asked_in_either_crm_is_answered_once(played: Played) -> None:
    accepted = str(RequestStatus.ACCEPTED)
    assert sorted(played.asked) == [
        ("crm:dynamics", str(RequestKind.NOTE), accepted), ("crm:salesforce", str(RequestKind.REASON), accepted),
    ]  # fmt: skip


def test_why_each_was_asked_is_on_record_without_what_the_note_says(played: Played) -> None:
    assert {(one.org, one.outcome) for one in played.conflicts} == {("salesforce", "request"), ("dynamics", "request")}
    assert "please call" not in str(played.conflicts)


def test_the_accepted_reason_stands_in_both_crms(played: Played) -> None:
    assert "defective" in played.salesforce.values()
    assert "defective" in played.dynamics.values()
