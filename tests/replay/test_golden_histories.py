"""Returns live for weeks: the workflow of today replays the histories of before."""

from __future__ import annotations

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from runtime.temporal import plugin
from tests.replay.record import HISTORIES
from tests.replay.stories import STORIES
from tests.stack.settings import least_settings
from workflows.return_lifecycle import ReturnLifecycle


@pytest.mark.parametrize("story", STORIES)
async def test_the_workflow_replays_the_golden_history(story: str) -> None:
    text = (HISTORIES / f"{story}.json").read_text(encoding="utf-8")
    replayer = Replayer(workflows=[ReturnLifecycle], plugins=[plugin(least_settings())])
    await replayer.replay_workflow(WorkflowHistory.from_json(f"return:{story}", text))


def test_every_kept_history_belongs_to_a_story() -> None:
    assert {path.stem for path in HISTORIES.glob("*.json")} == set(STORIES)
