"""What a recorded move counts: a stage when it is reached, a hold when it opens and when it is decided, once each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from activities import measures
from activities.record import RecordActivities
from domain.returns import CustomerStage, Hold, Owner, Snapshot, Stage
from store.port import Move, Stores, TimelineEvent
from store.stores import open_stores

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FIRST = Snapshot("R-1-A", "1", 1, Stage.QUOTED, CustomerStage.CONFIRMATION, NOW, NOW, region="DE", channel="web")
HOLD = Hold("H1", "credit_differs", Owner.FINANCE, "three cents", ("retry",), NOW)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    heard: list[tuple[str, ...]] = []
    for name in ("stage_reached", "hold_opened", "hold_resolved"):
        monkeypatch.setattr(measures, name, lambda *words, name=name: heard.append((name, *map(str, words))))
    return heard


async def _record(stores: Stores, *moves: Move) -> None:
    record = RecordActivities(stores.returns).record
    for move in moves:
        await record(move)


async def test_a_life_is_counted_once_however_often_it_is_recorded(
    postgres_url: str, counted: list[tuple[str, ...]]
) -> None:
    held = replace(FIRST, version=2, holds=(HOLD,))
    decided = replace(FIRST, version=4, stage=Stage.CONFIRMED)
    moves = (
        Move(FIRST, ()),
        Move(held, ()),
        Move(replace(held, version=3, tracking=("T1",)), ()),
        Move(decided, (TimelineEvent("resolved", "hold H1: retry", NOW, "maria", {"hold": "H1", "choice": "retry"}),)),
        Move(replace(decided, version=5, holds=(replace(HOLD, hold_id="H2"),)), ()),
        Move(replace(decided, version=6), ()),
    )
    async with open_stores(postgres_url) as stores:
        await _record(stores, *moves)
        await _record(stores, *moves)
    assert counted == [
        ("stage_reached", "quoted", "DE", "web"),
        ("hold_opened", "credit_differs", "finance"),
        ("stage_reached", "confirmed", "DE", "web"),
        ("hold_resolved", "credit_differs", "retry"),
        ("hold_opened", "credit_differs", "finance"),
        ("hold_resolved", "credit_differs", "lifted"),
    ]
