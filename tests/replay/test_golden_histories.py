"""Returns live for weeks: the workflow of today replays the histories of before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from runtime.temporal import plugin
from tests.replay.record import HISTORIES
from tests.replay.stories import STORIES
from tests.stack.settings import least_settings
from workflows.return_lifecycle import ReturnLifecycle


@pytest.fixture(scope="module", autouse=True)
def no_collection_over_what_others_left() -> Iterator[None]:
    """The engine takes two seconds without a yield for a deadlock, and on a busy machine one collection over all that
    the tests before left behind can take that long."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("story", STORIES)
async def test_the_workflow_replays_the_golden_history(story: str) -> None:
    text = (HISTORIES / f"{story}.json").read_text(encoding="utf-8")
    replayer = Replayer(workflows=[ReturnLifecycle], plugins=[plugin(least_settings())])
    await replayer.replay_workflow(WorkflowHistory.from_json(f"return:{story}", text))


def test_every_kept_history_belongs_to_a_story() -> None:
    assert {path.stem for path in HISTORIES.glob("*.json")} == set(STORIES)
