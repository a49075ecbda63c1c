"""What one return costs the server: events in its history, and billable actions as the server itself counts them."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from domain.returns import Stage
from tests.workflows.harness import Rig

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Measured: 114 to 124 events; 30 actions, and one more when the verdict comes before the receipt is booked.
EVENTS, ACTIONS = 150, 31
_ACTION = re.compile(r'^action\{[^}]*action_type="([^"]*)"[^}]*namespace="default"[^}]*\} (\d+)', re.MULTILINE)


async def counted(port: int) -> dict[str, int]:
    async with httpx.AsyncClient(trust_env=False) as web:
        text = (await web.get(f"http://127.0.0.1:{port}/metrics")).text
    found: dict[str, int] = {}
    for kind, count in _ACTION.findall(text):
        found[kind] = found.get(kind, 0) + int(count)
    return found


async def settled(port: int) -> dict[str, int]:
    """The counters when two looks agree: they are published about once a second."""
    before = await counted(port)
    while True:
        await asyncio.sleep(2.5)
        after = await counted(port)
        if after == before:
            return after
        before = after


async def test_a_full_return_stays_within_the_budget_of_events_and_actions(rig: Rig, metrics_port: int) -> None:
    before = await settled(metrics_port)
    talk = await rig.start()
    await talk.confirm()
    await rig.recorded(talk, Stage.AWAITING_GOODS)
    await talk.receive()
    await talk.inspect()
    await talk.end()
    after = await settled(metrics_port)
    spent = {kind: count - before.get(kind, 0) for kind, count in after.items() if count - before.get(kind, 0)}
    history = await talk.handle.fetch_history()
    print(len(history.events), sum(spent.values()), spent)
    assert len(history.events) <= EVENTS
    assert sum(spent.values()) <= ACTIONS
