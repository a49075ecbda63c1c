"""Returns live for weeks: the workflow of today replays the histories of before."""

from __future__ import annotations

import base64
import gc
import json
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


@pytest.mark.parametrize("story", ["lost", "change_accepted"])
async def test_what_one_person_decided_before_is_not_asked_of_two_now(story: str) -> None:
    """As if the amount were above the limit: nobody was asked for a second person then."""
    history = json.loads((HISTORIES / f"{story}.json").read_text(encoding="utf-8"))
    done = [event.get("activityTaskCompletedEventAttributes", {}).get("result") for event in history["events"]]
    payloads = [payload for result in done if result for payload in result["payloads"]]
    (loaded,) = (payload for payload in payloads if b"account_credit" in base64.b64decode(payload.get("data", "")))
    document = json.loads(base64.b64decode(loaded["data"]))
    document["policy"]["second_person_above"] = {"EUR": "0.01"}
    loaded["data"] = base64.b64encode(json.dumps(document).encode()).decode()
    replayer = Replayer(workflows=[ReturnLifecycle], plugins=[plugin(least_settings())])
    await replayer.replay_workflow(WorkflowHistory.from_json(f"return:{story}", json.dumps(history)))


def test_every_kept_history_belongs_to_a_story() -> None:
    assert {path.stem for path in HISTORIES.glob("*.json")} == set(STORIES)
